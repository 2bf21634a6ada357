import { connect } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { eventPath, fresh } from "./asking.ts";
import type { Deployment } from "./deployment.ts";

/** So little that a few deliveries are too many; nothing is ever processed. */
export const TIGHT_LIMITS = { rateLimit: { perSecond: 0.05, burst: 3 }, maxBacklog: 2 };
export const NEVER_DONE = {
  handler: `export async function onEvent() { throw new Error("not today"); }`,
  processor: { retry: { maxAttempts: 3, base: "1h", max: "1h" } },
};

/** What happens when there is too much. The deployment has `TIGHT_LIMITS` and `NEVER_DONE`. */
export function limitScenarios(deployment: () => Deployment): void {
  describe("too much", () => {
    it("from one source is 429 with the time to come back, and other sources are served", async () => {
      const send = (source: string) => deployment().send(source, "payment.succeeded", { tamper: "secret" });
      const statuses = [];
      for (let n = 0; n < 3; n++) statuses.push((await send("generic")).status);
      const over = await send("generic");
      expect([statuses, over.status, over.json.error]).toEqual([[401, 401, 401], 429, "rate_limited"]);
      expect(Number(over.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(Number(over.headers.get("retry-after"))).toBeLessThanOrEqual(20);
      expect((await send("square")).status).toBe(401);
    });

    it("to process is 503 with the time to come back, and nothing of it is stored", async () => {
      const ids = [fresh("evt"), fresh("evt"), fresh("evt")];
      const answers = [];
      for (const id of ids) answers.push(await deployment().send("stripe", "payment.succeeded", { id }));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 503]);
      expect(answers[2]?.json.error).toBe("store_unavailable");
      expect(Number(answers[2]?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect((await deployment().api("GET", eventPath(`stripe:${ids[0]}`))).status).toBe(200);
      expect((await deployment().api("GET", eventPath(`stripe:${ids[2]}`))).status).toBe(404);
    });
  });
}

/**
 * A body that does not come. It is begun before the other scenarios of its group, because it takes as long as the
 * inbox has patience.
 */
export function slowBodyScenario(deployment: () => Deployment): void {
  let answer: Promise<string>;
  beforeAll(() => {
    answer = beginBody(deployment().ingestUrl);
    // It is awaited only at the end.
    answer.catch(() => {});
  });

  it("a body that does not come in time is 408, and the connection ends", async () => {
    const [head, body = ""] = (await answer).split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 408 /);
    expect(JSON.parse(body)).toMatchObject({ error: "request_timeout" });
  }, 60_000);
}

/** Sends the first bytes of a body and gives everything that comes back until the connection is closed. */
function beginBody(ingestUrl: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(ingestUrl).port), "127.0.0.1");
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", reject).on("close", () => resolve(text));
    socket.write('POST /webhooks/stripe HTTP/1.1\r\nHost: inbox\r\nContent-Length: 100\r\n\r\n{"id":');
  });
}
