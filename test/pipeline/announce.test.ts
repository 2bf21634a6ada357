import { describe, expect, it, onTestFinished } from "vitest";
import { startAnnouncing } from "../../src/pipeline/announce.ts";
import type { RetryPolicy } from "../../src/pipeline/backoff.ts";
import type { DeliveryResult, OutboxItem } from "../../src/ports/announcer.ts";
import { clock, temporaryStore } from "../support/embedded.ts";
import { delivery, paymentEvent } from "../support/payment-events.ts";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A loop over a real outbox that holds an announcement for each of these payments, told to a receiver in this test. */
async function announcing(
  payments: readonly string[],
  receive: (item: OutboxItem, signal: AbortSignal) => Promise<DeliveryResult>,
  over: { readonly retry?: RetryPolicy; readonly paused?: true } = {},
) {
  const store = await temporaryStore();
  if (over.paused) await store.outbox.pause("books", "ops");
  for (const payment of payments) {
    await store.events.store(delivery(paymentEvent("payment.processing", { transactionId: `shop:${payment}` })));
  }
  const claims = await store.queue.claim(100, "batch");
  await store.ledger.settle(claims.map((claim) => ({ claim, attempt: 0, startedAt: 0, destinations: ["books"] })));
  const outcomes: string[] = [];
  const alerts: string[] = [];
  const start = () =>
    startAnnouncing({
      outbox: store.outbox,
      announcer: { deliver: receive },
      alerts: { raise: (kind) => alerts.push(kind) },
      metrics: {
        received: () => {},
        acknowledged: () => {},
        processed: () => {},
        delivery: (_, outcome) => outcomes.push(outcome),
        storeError: () => {},
        clockSkew: () => {},
        rejected: () => {},
      },
      clock,
      destination: "books",
      retry: over.retry ?? { maxAttempts: 3, baseMs: 10, maxMs: 20 },
      concurrency: 4,
      rateLimitPerSecond: null,
      pause,
    });
  const loop = start();
  onTestFinished(() => loop.stop());
  const standing = async () => (await store.outbox.standings()).find((one) => one.destination === "books");
  return { store, outcomes, alerts, loop, standing, start };
}

describe("announcing", () => {
  it("tells everything, one at a time and in order per payment", async () => {
    const told: OutboxItem[] = [];
    const out = new Set<string>();
    const { store } = await announcing(["a", "b", "a", "b", "a"], async (item) => {
      const lane = item.announcement.data.transactionId as string;
      expect(out.has(lane)).toBe(false);
      out.add(lane);
      await pause(5);
      out.delete(lane);
      told.push(item);
      return { kind: "delivered" };
    });
    await expect.poll(() => store.outbox.pending()).toEqual({});
    const ofA = told.filter((item) => item.announcement.data.transactionId === "shop:a");
    expect(ofA.map((item) => item.id)).toEqual(ofA.map((item) => item.id).toSorted((x, y) => x - y));
    expect(told).toHaveLength(5);
  });

  it("tries again under the same id, not before the destination wants it, and holds up only that payment", async () => {
    const tries: { id: string; at: number }[] = [];
    const { store, outcomes } = await announcing(["a", "b"], async ({ messageId, announcement, attempts }) => {
      if (announcement.data.transactionId !== "shop:a") return { kind: "delivered" };
      tries.push({ id: messageId, at: clock.monotonic() });
      return attempts === 0 ? { kind: "failed", error: "503", retryAfterMs: 200 } : { kind: "delivered" };
    });
    await expect.poll(() => store.outbox.pending(), { timeout: 5000 }).toEqual({});
    expect(new Set(tries.map((one) => one.id)).size).toBe(1);
    expect(tries).toHaveLength(2);
    expect((tries[1]?.at ?? 0) - (tries[0]?.at ?? 0)).toBeGreaterThanOrEqual(199);
    expect(outcomes.toSorted()).toEqual(["delivered", "delivered", "failed"]);
  });

  it("gives up after the last attempt, says so, and goes on with the payment", async () => {
    let poison: string | undefined;
    const { store, outcomes, alerts } = await announcing(["a", "a"], async ({ messageId }) => {
      poison ??= messageId;
      return messageId === poison ? { kind: "failed", error: "410" } : { kind: "delivered" };
    });
    await expect.poll(() => store.outbox.pending(), { timeout: 5000 }).toEqual({});
    expect(outcomes).toEqual(["failed", "failed", "abandoned", "delivered"]);
    expect(alerts).toEqual(["delivery.abandoned"]);
  });

  it("keeps what a stop cut short for the next start", async () => {
    let started = () => {};
    const running = new Promise<void>((resolve) => {
      started = resolve;
    });
    const { store, loop } = await announcing(["a"], (_, signal) => {
      started();
      return new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve({ kind: "failed", error: "stopped" }));
      });
    });
    await running;
    await loop.stop();
    expect(await store.outbox.pending()).toEqual({ books: 1 });
  });

  it("stops asking a destination that is away, so that what waits loses no attempts, and goes on once it is back", async () => {
    let back = false;
    const failures: string[] = [];
    const delivered: OutboxItem[] = [];
    const { store, loop, standing } = await announcing(
      Array.from({ length: 40 }, (_, n) => `p${n}`),
      async (item) => {
        if (back) delivered.push(item);
        else failures.push(item.messageId);
        return back ? { kind: "delivered" } : { kind: "failed", error: "connection refused" };
      },
      { retry: { maxAttempts: 100, baseMs: 100, maxMs: 100 } },
    );
    await expect.poll(() => loop.circuit()).toBe("open");
    // Ten to open it, those that ran beside the tenth, and a few probes.
    await expect.poll(() => failures.length).toBeGreaterThan(14);
    expect(failures.length).toBeLessThan(20);
    expect(await standing()).toMatchObject({ pending: 40, delivered: 0, lastError: "connection refused" });
    back = true;
    await expect.poll(() => store.outbox.pending(), { timeout: 5000 }).toEqual({});
    expect(loop.circuit()).toBe("closed");
    expect(delivered).toHaveLength(40);
    for (const { messageId, attempts } of delivered) {
      expect(attempts).toBe(failures.filter((id) => id === messageId).length);
    }
    expect(await standing()).toMatchObject({
      pending: 0,
      oldestPendingAt: null,
      delivered: 40,
      failed: failures.length,
      failuresInRow: 0,
      abandoned: 0,
      lastDeliveredAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it("says that a destination is away once, and again only when it was back in between", async () => {
    let away = true;
    let requests = 0;
    const { store, alerts, loop } = await announcing(
      Array.from({ length: 40 }, (_, n) => `p${n}`),
      async () => {
        requests++;
        return away ? { kind: "failed", error: "503" } : { kind: "delivered" };
      },
      { retry: { maxAttempts: 100, baseMs: 20, maxMs: 20 } },
    );
    await expect.poll(() => requests).toBeGreaterThan(16);
    expect(alerts).toEqual(["delivery.failing"]);
    away = false;
    await expect.poll(() => store.outbox.pending(), { timeout: 5000 }).toEqual({});
    expect([loop.circuit(), alerts]).toEqual(["closed", ["delivery.failing"]]);
    away = true;
    const again = Array.from({ length: 20 }, (_, n) =>
      paymentEvent("payment.processing", { transactionId: `shop:q${n}` }),
    );
    await store.events.store(delivery(again));
    const claims = await store.queue.claim(100, "batch");
    await store.ledger.settle(claims.map((claim) => ({ claim, attempt: 0, startedAt: 0, destinations: ["books"] })));
    await expect.poll(() => loop.circuit()).toBe("open");
    expect(alerts).toEqual(["delivery.failing", "delivery.failing"]);
  });

  it("goes on after a probe that ended in a fault of our own", async () => {
    let requests = 0;
    const { store, alerts, standing } = await announcing(
      Array.from({ length: 20 }, (_, n) => `p${n}`),
      async () => {
        requests++;
        if (requests === 14) throw new Error("a fault");
        return requests < 14 ? { kind: "failed", error: "503" } : { kind: "delivered" };
      },
      { retry: { maxAttempts: 100, baseMs: 20, maxMs: 20 } },
    );
    await expect.poll(() => store.outbox.pending(), { timeout: 5000 }).toEqual({});
    expect(alerts).toEqual(["delivery.failing", "delivery.abandoned"]);
    expect(await standing()).toMatchObject({ delivered: 19, abandoned: 1 });
  });

  it("remembers over a restart that a destination was away, and begins with one request", async () => {
    let running = 0;
    let most = 0;
    const { store, loop, start, outcomes } = await announcing(
      Array.from({ length: 20 }, (_, n) => `p${n}`),
      async () => {
        most = Math.max(most, ++running);
        await pause(5);
        running--;
        return { kind: "failed", error: "503" };
      },
      { retry: { maxAttempts: 100, baseMs: 50, maxMs: 50 } },
    );
    await expect.poll(() => loop.circuit()).toBe("open");
    await loop.stop();
    expect(most).toBe(4);
    most = 0;
    const before = outcomes.length;
    const again = start();
    onTestFinished(() => again.stop());
    await expect.poll(() => outcomes.length).toBeGreaterThan(before + 2);
    expect(most).toBe(1);
    expect((await store.outbox.pending()).books).toBe(20);
  });

  it("tells a paused destination nothing until it is resumed, and has both in the audit", async () => {
    const told: OutboxItem[] = [];
    const { store, standing } = await announcing(
      ["a", "b"],
      async (item) => {
        told.push(item);
        return { kind: "delivered" };
      },
      { paused: true },
    );
    await pause(50);
    expect(told).toEqual([]);
    expect(await standing()).toMatchObject({ paused: true, pending: 2, oldestPendingAt: expect.any(String) });
    await store.outbox.resume("books", "ops");
    await expect.poll(() => store.outbox.pending()).toEqual({});
    expect(told.map(({ attempts }) => attempts)).toEqual([0, 0]);
    expect(await standing()).toMatchObject({ paused: false });
    const records = (await store.audit.list(0, 100)).filter(({ action }) => action.startsWith("destination."));
    expect(records).toMatchObject([
      { actor: "ops", action: "destination.paused", target: "books" },
      { actor: "ops", action: "destination.resumed", target: "books" },
    ]);
  });

  it("leaves alone what was abandoned when a destination is resumed", async () => {
    let tries = 0;
    const { store, standing } = await announcing(["a"], async () => {
      tries++;
      return { kind: "failed", error: "410" };
    });
    await expect.poll(async () => (await standing())?.abandoned, { timeout: 5000 }).toBe(1);
    await store.outbox.pause("books", "ops");
    await store.outbox.resume("books", "ops");
    await pause(50);
    expect(tries).toBe(3);
    expect(await standing()).toMatchObject({ pending: 0, abandoned: 1, failed: 3 });
  });

  it("survives that what became of an announcement is said twice", async () => {
    const store = await temporaryStore();
    const [a, b] = [paymentEvent("payment.processing", { transactionId: "shop:a" }), paymentEvent()];
    await store.events.store(delivery([a, b, paymentEvent("payment.succeeded", { transactionId: "shop:a" })]));
    const claims = await store.queue.claim(100, "batch");
    await store.ledger.settle(claims.map((claim) => ({ claim, attempt: 0, startedAt: 0, destinations: ["books"] })));
    const [first, other] = (await store.outbox.due("books", 10)) as [OutboxItem, OutboxItem];
    await store.outbox.delivered(first, 1);
    const [second] = (await store.outbox.due("books", 10)) as [OutboxItem];
    // It must not make room for a third of the same payment while the second is out.
    await store.outbox.delivered(first, 2);
    await store.outbox.abandon(other, "410", 3);
    await store.outbox.abandon(other, "410", 4);
    await store.outbox.postpone(second, "503", 0);
    await store.outbox.postpone(second, "503", 0);
    await expect.poll(() => store.outbox.due("books", 10)).toMatchObject([{ id: second.id, attempts: 1 }]);
    expect(await store.outbox.standings()).toMatchObject([{ pending: 1, delivered: 1, failed: 2, abandoned: 1 }]);
  });
});
