import { createHmac } from "node:crypto";
import { createRandom, type Random } from "../../../src/entrypoints/cli/demo/random.ts";
import { samplers } from "../../../src/providers/samples/index.ts";
import type { Sampler } from "../../../src/providers/samples/sampler.ts";

export const SECRETS = { stripe: `whsec_${"s".repeat(32)}`, generic: `shop_${"g".repeat(32)}` } as const;

/** One event and what its sender knows of it. */
export interface LoadEvent {
  readonly eventId: string;
  readonly transactionId: string;
  readonly source: "stripe" | "generic";
  readonly type: string;
  readonly body: string;
  /** Copies that went out, and copies that were answered 200. */
  sent: number;
  acknowledged: number;
}

/** What every payment of the load comes to, whatever the order and the number of copies. */
export interface LoadPayment {
  readonly transactionId: string;
  readonly amountMinor: string;
  readonly refundedMinor: string;
  readonly eventIds: readonly string[];
}

export interface Load {
  readonly random: Random;
  readonly events: Map<string, LoadEvent>;
  readonly payments: Map<string, LoadPayment>;
  readonly forged: Set<string>;
  /**
   * Sends with 16 connections, a fifth of it in two copies at once, until `acknowledgements` more were given; then calls
   * `onEnough` and goes on until the inbox is gone. What got no answer is sent again next time.
   */
  run(ingestUrl: string, acknowledgements: number, onEnough: () => void): Promise<void>;
  /** Sends what is left until everything is acknowledged. */
  finish(ingestUrl: string): Promise<void>;
  /** Sends one event again and gives the answer. */
  resend(ingestUrl: string, event: LoadEvent): Promise<{ readonly status: number; readonly duplicate: boolean }>;
}

const CONNECTIONS = 16;

export function createLoad(seed: number): Load {
  const random = createRandom(seed);
  const events = new Map<string, LoadEvent>();
  const payments = new Map<string, LoadPayment>();
  const forged = new Set<string>();
  // Events that are made and not acknowledged yet; a little out of order.
  const waiting: LoadEvent[] = [];

  const load: Load = {
    random,
    events,
    payments,
    forged,
    async run(ingestUrl, acknowledgements, onEnough) {
      let left = acknowledgements;
      let gone = false;
      const work = async () => {
        while (!gone) {
          const event = next();
          const copies = random.below(5) === 0 ? 2 : 1;
          const answers = await Promise.all(Array.from({ length: copies }, () => send(ingestUrl, event)));
          for (const answer of answers) {
            if (answer === null) gone = true;
            else if (answer.status !== 200) throw new Error(`${event.eventId} was answered ${answer.status}`);
            else if (--left === 0) onEnough();
          }
          if (event.acknowledged === 0) waiting.push(event);
          if (random.below(30) === 0) await sendForged(ingestUrl, event);
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, work));
    },
    async finish(ingestUrl) {
      for (const event of waiting.splice(0)) {
        const answer = await send(ingestUrl, event);
        if (answer?.status !== 200) throw new Error(`${event.eventId} was answered ${answer?.status}`);
      }
    },
    async resend(ingestUrl, event) {
      const answer = await send(ingestUrl, event);
      if (answer === null) throw new Error(`${event.eventId} was not answered`);
      return answer;
    },
  };
  return load;

  function next(): LoadEvent {
    if (waiting.length < 8) waiting.push(...makePayment());
    const [event] = waiting.splice(random.below(Math.min(waiting.length, 8)), 1);
    return event as LoadEvent;
  }

  function makePayment(): LoadEvent[] {
    const source = payments.size % 2 === 0 ? "stripe" : "generic";
    const paymentId = `pay_${random.text(16)}`;
    const amount = BigInt(1000 + random.below(100_000));
    const steps = [
      { type: "payment.pending", amountMinor: amount },
      { type: "payment.succeeded", amountMinor: amount },
      { type: "refund.succeeded", amountMinor: amount / 3n, refundId: `re_${random.text(16)}` },
      { type: "refund.succeeded", amountMinor: amount / 4n, refundId: `re_${random.text(16)}` },
    ];
    const transactionId = `${source}:${paymentId}`;
    const made = steps.map((step, i): LoadEvent => {
      const id = `evt_${random.text(20)}`;
      const occurredAt = Date.now() - 3_600_000 + i * 60_000;
      const body = sampler(source).body({ ...step, currency: "EUR", eventId: id, paymentId, occurredAt });
      return { eventId: `${source}:${id}`, transactionId, source, type: step.type, body, sent: 0, acknowledged: 0 };
    });
    for (const event of made) events.set(event.eventId, event);
    payments.set(transactionId, {
      transactionId,
      amountMinor: `${amount}`,
      refundedMinor: `${amount / 3n + amount / 4n}`,
      eventIds: made.map(({ eventId }) => eventId),
    });
    return made;
  }

  /** Null when there was no answer. */
  async function send(ingestUrl: string, event: LoadEvent) {
    const headers = sampler(event.source).sign(Buffer.from(event.body), {
      secret: SECRETS[event.source],
      settings: {},
      now: Date.now(),
    });
    event.sent++;
    const answer = await post(`${ingestUrl}/webhooks/${event.source}`, headers, event.body);
    if (answer?.status === 200) event.acknowledged++;
    return answer;
  }

  /** The same payment under an id of its own, signed by someone who does not have the secret. */
  async function sendForged(ingestUrl: string, { source, body }: LoadEvent): Promise<void> {
    const id = `evt_forged_${random.text(16)}`;
    forged.add(`${source}:${id}`);
    const text = body.replace(/"id": ?"evt_[^"]+"/, `"id":"${id}"`);
    const headers = sampler(source).sign(Buffer.from(text), {
      secret: createHmac("sha256", "not it").update(id).digest("hex"),
      settings: {},
      now: Date.now(),
    });
    const answer = await post(`${ingestUrl}/webhooks/${source}`, headers, text);
    if (answer !== null && answer.status !== 401) throw new Error(`a forged event was answered ${answer.status}`);
  }
}

async function post(url: string, headers: Readonly<Record<string, string>>, body: string) {
  try {
    const response = await fetch(url, { method: "POST", headers, body });
    const { duplicate } = (await response.json()) as { duplicate?: boolean };
    return { status: response.status, duplicate: duplicate === true };
  } catch {
    return null;
  }
}

function sampler(source: LoadEvent["source"]): Sampler {
  return samplers[source] as Sampler;
}
