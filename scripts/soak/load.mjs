import { createHmac, randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { SECRET } from "./inbox.mjs";

const TYPES = ["payment.pending", "payment.authorized", "payment.succeeded"];
const PADDING = "x".repeat(4096);
const TICK_MS = 20;
const MOST_IN_FLIGHT = 256;
// Later copies, as a provider sends them when an answer was lost.
const REMEMBERED = 500;

/**
 * Sends `rate` deliveries in a second: seven in ten are new, two are copies of earlier ones, one is forged. What is not
 * answered as it should be counts as `unexpected`; what the machine is too slow to send is left out.
 */
export function startLoad(ingestUrl, rate) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const counts = { stored: 0, duplicates: 0, forged: 0, unexpected: 0 };
  const sent = [];
  const running = new Set();
  let [made, owed, last] = [0, 0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    owed = Math.min(owed + ((now - last) * rate) / 1000, MOST_IN_FLIGHT);
    last = now;
    for (; owed >= 1 && running.size < MOST_IN_FLIGHT; owed--) {
      const work = one().finally(() => running.delete(work));
      running.add(work);
    }
  }, TICK_MS);

  return {
    counts,
    async stop() {
      clearInterval(timer);
      await Promise.all(running);
      agent.destroy();
    },
  };

  async function one() {
    const dice = Math.random();
    if (dice < 0.1) return count("forged", await post(newBody(), "not the secret at all"), 401);
    if (dice < 0.3 && sent.length > 0) {
      return count("duplicates", await post(sent[Math.floor(Math.random() * sent.length)], SECRET), 200);
    }
    const body = newBody();
    const status = await post(body, SECRET);
    count("stored", status, 200);
    if (status === 200) sent[counts.stored % Math.min(REMEMBERED, sent.length + 1)] = body;
  }

  function count(what, status, expected) {
    counts[status === expected ? what : "unexpected"]++;
  }

  function newBody() {
    const n = made++;
    return JSON.stringify({
      id: `evt_${randomUUID()}`,
      transactionId: `pay_${Math.floor(n / TYPES.length)}`,
      type: TYPES[n % TYPES.length],
      amount: 19.99,
      currency: "EUR",
      timestamp: new Date().toISOString(),
      metadata: { padding: PADDING },
    });
  }

  /** The status; 0 when there was no answer. */
  function post(body, secret) {
    const signature = createHmac("sha256", secret).update(body).digest("hex");
    const headers = { "x-signature": signature, "content-length": Buffer.byteLength(body) };
    return new Promise((resolve) => {
      const sending = request(`${ingestUrl}/webhooks/shop`, { method: "POST", agent, headers }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode));
      });
      sending.on("error", () => resolve(0)).end(body);
    });
  }
}
