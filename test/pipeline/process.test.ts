import { describe, expect, it, onTestFinished } from "vitest";
import type { PaymentEvent } from "../../src/domain/payment-event.ts";
import { statusOf } from "../../src/domain/transaction.ts";
import { startProcessor } from "../../src/pipeline/process.ts";
import type { AlertKind } from "../../src/ports/alerts.ts";
import type { HandlerCall, HandlerResult } from "../../src/ports/handler.ts";
import { clock, temporaryStore } from "../support/embedded.ts";
import { delivery, paymentEvent } from "../support/payment-events.ts";
import { SILENT } from "../support/silent-metrics.ts";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const DONE: HandlerResult = { kind: "done" };
const failed = (error: string, permanent = false): HandlerResult => ({ kind: "failed", error, permanent });

/** A processor over a real store, with the user's code given as a function. */
async function running(handle: ((call: HandlerCall) => Promise<HandlerResult>) | null) {
  const store = await temporaryStore();
  const ended = new Map<string, string>();
  const alerts: [AlertKind, string][] = [];
  const processor = startProcessor({
    queue: store.queue,
    ledger: store.ledger,
    clock,
    metrics: SILENT,
    alerts: { raise: (kind, target) => alerts.push([kind, target]) },
    handler: handle === null ? null : { run: handle },
    retry: { maxAttempts: 3, baseMs: 10, maxMs: 20 },
    concurrency: 4,
    destinations: [
      { name: "books", events: ["payment.*"], sources: undefined },
      { name: "other", events: undefined, sources: ["elsewhere"] },
    ],
    onSettled: (event, how) => ended.set(event.eventId, how === "dead" ? "dead" : how.kind),
    pause,
  });
  // Before the store closes: both run in the reverse order of registration.
  onTestFinished(() => processor.stop());
  const end = (...events: readonly PaymentEvent[]) =>
    expect.poll(() => events.map((event) => ended.get(event.eventId)), { timeout: 10_000 }).not.toContain(undefined);
  const put = async (...events: readonly PaymentEvent[]) => {
    for (const event of events) await store.events.store(delivery(event));
  };
  return { store, alerts, ended, end, put, processor };
}

const ofPayment = (transactionId: string, count: number) =>
  Array.from({ length: count }, (_, n) =>
    paymentEvent("payment.processing", { transactionId, occurredAt: new Date(n * 1000).toISOString() }),
  );

describe("the processor", () => {
  it("applies every event when there is no handler, and announces to those who want it", async () => {
    const { store, put, end } = await running(null);
    const [paid, refund, unknown] = [
      paymentEvent(),
      paymentEvent("refund.pending", { refundId: "r" }),
      paymentEvent("other"),
    ];
    await put(paid, refund, unknown);
    await end(paid, refund, unknown);
    const found = await store.ledger.get(paid.transactionId as string);
    expect(found && statusOf(found.transaction)).toBe("succeeded");
    expect(await store.outbox.pending()).toEqual({ books: 1 });
    expect((await store.events.get(unknown.eventId))?.effect).toBe("none");
  });

  it("calls the handler in the order of arrival per payment, and lets payments overlap", async () => {
    const calls: string[] = [];
    let together = 0;
    let most = 0;
    const { put, end } = await running(async ({ event }) => {
      most = Math.max(most, ++together);
      calls.push(event.eventId);
      await pause(5);
      together--;
      return DONE;
    });
    const payments = ["shop:a", "shop:b", "shop:c"].map((id) => ofPayment(id, 4));
    await put(...payments.flat());
    await end(...payments.flat());
    for (const events of payments) {
      const ids = events.map((event) => event.eventId);
      expect(calls.filter((id) => ids.includes(id))).toEqual(ids);
    }
    expect(most).toBeGreaterThan(1);
  });

  it("gives the handler the transaction as it stands, the attempt, and a key that stays", async () => {
    const calls: HandlerCall[] = [];
    const { put, end } = await running(async (call) => {
      calls.push(call);
      return calls.length === 2 ? failed("once") : DONE;
    });
    const transactionId = "shop:a";
    const [first, second] = [
      paymentEvent("payment.pending", { transactionId }),
      paymentEvent("payment.succeeded", { transactionId }),
    ];
    await put(first, second);
    await end(first, second);
    expect(calls.map(({ attempt, idempotencyKey }) => [attempt, idempotencyKey])).toEqual([
      [1, first.eventId],
      [1, second.eventId],
      [2, second.eventId],
    ]);
    expect(calls[0]?.transaction).toBeUndefined();
    expect(calls[1]?.transaction && statusOf(calls[1].transaction)).toBe("pending");
  });

  it("gives a poison event up after three attempts; its followers are applied with one attempt each", async () => {
    const [poison, ...followers] = ofPayment("shop:a", 4) as [PaymentEvent, ...PaymentEvent[]];
    const { store, put, end, alerts } = await running(async ({ event }) =>
      event.eventId === poison.eventId ? failed("cannot") : DONE,
    );
    await put(poison, ...followers);
    await end(poison, ...followers);
    expect(await store.events.get(poison.eventId)).toMatchObject({
      status: "dead",
      reason: "cannot",
      attempts: [1, 2, 3].map((n) => ({ n, outcome: "failed", error: "cannot" })),
    });
    expect(alerts).toEqual([["event.dead", poison.eventId]]);
    for (const { eventId } of followers) {
      expect(await store.events.get(eventId)).toMatchObject({
        status: "processed",
        attempts: [{ n: 1, outcome: "succeeded" }],
      });
    }
    expect(await store.ledger.history("shop:a")).toHaveLength(3);
  });

  it("does not let other payments wait for one that is being retried", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = paymentEvent();
    const { put, end, ended } = await running(async ({ event }) => {
      if (event.eventId === slow.eventId) await gate;
      return DONE;
    });
    const others = Array.from({ length: 20 }, () => paymentEvent());
    await put(slow, ...others);
    await end(...others);
    expect(ended.has(slow.eventId)).toBe(false);
    release();
    await end(slow);
  });

  it("skips the retries of a permanent failure", async () => {
    let calls = 0;
    const { store, put, end } = await running(async () => {
      calls++;
      return failed("no such customer", true);
    });
    const event = paymentEvent();
    await put(event);
    await end(event);
    expect(calls).toBe(1);
    expect((await store.events.get(event.eventId))?.status).toBe("dead");
  });

  it("does not ask the handler about an event that cannot be true, or that says nothing of a payment", async () => {
    const called: string[] = [];
    const { put, end, alerts, ended } = await running(async ({ event }) => {
      called.push(event.eventId);
      return DONE;
    });
    const transactionId = "shop:a";
    const events = [
      paymentEvent("payment.succeeded", { transactionId }),
      paymentEvent("refund.succeeded", { transactionId, currency: "USD", refundId: "r" }),
      paymentEvent("payment.succeeded", { quarantine: "negative_amount" }),
      paymentEvent("other"),
    ] as const;
    await put(...events);
    await end(...events);
    expect(called).toEqual([events[0].eventId]);
    expect(events.map((event) => ended.get(event.eventId))).toEqual([
      "processed",
      "quarantined",
      "quarantined",
      "processed",
    ]);
    expect(alerts.map(([kind]) => kind)).toEqual(["event.quarantined", "event.quarantined"]);
  });

  it("gives up an event that ended the process in every attempt, without calling the handler again", async () => {
    let calls = 0;
    const { store, put, processor } = await running(async () => {
      calls++;
      return DONE;
    });
    await processor.stop();
    const event = paymentEvent();
    await put(event);
    for (let n = 0; n < 3; n++) {
      const [claim] = await store.queue.claim(1, "exclusive");
      if (claim === undefined) throw new Error("nothing to claim");
      await store.queue.begin(claim, 1000);
      await store.queue.retry(claim, { error: "killed", endedAt: 2000 }, 0);
      await new Promise<void>((resolve) => store.queue.onReady(resolve));
    }
    const again = startProcessor({
      queue: store.queue,
      ledger: store.ledger,
      clock,
      metrics: SILENT,
      alerts: { raise: () => {} },
      handler: {
        run: async () => {
          calls++;
          return DONE;
        },
      },
      retry: { maxAttempts: 3, baseMs: 1, maxMs: 1 },
      concurrency: 1,
      destinations: [],
      onSettled: () => {},
      pause,
    });
    onTestFinished(() => again.stop());
    await expect.poll(async () => (await store.events.get(event.eventId))?.status).toBe("dead");
    expect(calls).toBe(0);
  });

  it("finishes the running handler when it is stopped, and claims nothing more", async () => {
    const calls: string[] = [];
    const { store, put, processor, ended } = await running(async ({ event }) => {
      calls.push(event.eventId);
      await pause(50);
      return DONE;
    });
    const [first, second] = ofPayment("shop:a", 2) as [PaymentEvent, PaymentEvent];
    await put(first, second);
    await expect.poll(() => calls.length).toBe(1);
    await processor.stop();
    expect(ended.get(first.eventId)).toBe("processed");
    expect(calls).toEqual([first.eventId]);
    expect(store.queue.depth()).toBe(1);
  });
});
