import { describe, expect, it, onTestFinished } from "vitest";
import { startAnnouncing } from "../../src/pipeline/announce.ts";
import type { DeliveryResult, OutboxItem } from "../../src/ports/announcer.ts";
import { clock, temporaryStore } from "../support/embedded.ts";
import { delivery, paymentEvent } from "../support/payment-events.ts";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A loop over a real outbox that holds an announcement for each of these payments, told to a receiver in this test. */
async function announcing(
  payments: readonly string[],
  receive: (item: OutboxItem, signal: AbortSignal) => Promise<DeliveryResult>,
) {
  const store = await temporaryStore();
  for (const payment of payments) {
    await store.events.store(delivery(paymentEvent("payment.processing", { transactionId: `shop:${payment}` })));
  }
  const claims = await store.queue.claim(100, "batch");
  await store.ledger.settle(claims.map((claim) => ({ claim, attempt: 0, startedAt: 0, destinations: ["books"] })));
  const outcomes: string[] = [];
  const alerts: string[] = [];
  const loop = startAnnouncing({
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
    retry: { maxAttempts: 3, baseMs: 10, maxMs: 20 },
    concurrency: 4,
    rateLimitPerSecond: null,
    pause,
  });
  onTestFinished(() => loop.stop());
  return { store, outcomes, alerts, loop };
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
});
