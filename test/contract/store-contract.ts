import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Announcement } from "../../src/domain/announcement.ts";
import type { PaymentEvent } from "../../src/domain/payment-event.ts";
import { amountMinor, statusOf } from "../../src/domain/transaction.ts";
import type { EventStore } from "../../src/ports/event-store.ts";
import type { Ledger } from "../../src/ports/ledger.ts";
import type { Attempts, Claim, Requeue } from "../../src/ports/queue.ts";
import { delivery, paymentEvent } from "../support/payment-events.ts";
import { ids, settlement } from "./settlements.ts";

/** What every place that runs the pipeline has. */
export interface StorePorts {
  readonly events: EventStore;
  readonly requeue: Requeue;
  readonly attempts: Attempts;
  readonly ledger: Ledger;
  /** Up to `limit` events that wait and are not out yet, in the order of arrival per payment. */
  take(limit: number): Promise<readonly Claim[]>;
  /** What the destination `books`, or everybody, was told or is to be told. */
  announced(): Promise<readonly Announcement[]>;
  close(): Promise<void>;
}

/** What every store promises, whatever it is made of. `open` gives the same data again after `close`. */
export function describeStore(
  name: string,
  start: () => Promise<{ open(): Promise<StorePorts>; remove(): Promise<void> }>,
): void {
  describe(`the store on ${name}`, () => {
    let place: { open(): Promise<StorePorts>; remove(): Promise<void> };
    let store: StorePorts;

    beforeEach(async () => {
      place = await start();
      store = await place.open();
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    const put = async (...events: readonly PaymentEvent[]) => {
      for (const event of events) await store.events.store(delivery(event));
    };
    const settleAll = async () => {
      for (;;) {
        const claims = await store.take(100);
        if (claims.length === 0) return;
        await store.ledger.settle(claims.map((claim) => settlement(claim)));
      }
    };

    describe("events", () => {
      it("are kept as they came, with their payload", async () => {
        const event = paymentEvent("refund.succeeded", { refundId: "re_1", occurredAt: null });
        await store.events.store(delivery(event, { payload: Buffer.from('{"ü":1}'), redacted: true }));
        expect(await store.events.get(event.eventId)).toMatchObject({
          event,
          status: "received",
          processedAt: null,
          effect: null,
          attempts: [],
          copies: 1,
          redacted: true,
          bodyBytes: 8,
          hasPayload: true,
          headers: { "content-type": "application/json" },
        });
        expect(Buffer.from((await store.events.payload(event.eventId)) as Uint8Array).toString()).toBe('{"ü":1}');
      });

      it("are not there under an id that nobody sent", async () => {
        expect(await store.events.get("shop:nothing")).toBeNull();
        expect(await store.events.payload("shop:nothing")).toBeNull();
      });

      it("are kept once, however often and however simultaneously they come", async () => {
        const event = paymentEvent();
        const outcomes = await Promise.all(Array.from({ length: 20 }, () => store.events.store(delivery(event))));
        const copies = outcomes.flatMap((outcome) => (outcome.kind === "stored" ? outcome.copies : []));
        expect(copies.filter((copy) => !copy.duplicate)).toHaveLength(1);
        expect(copies.every((copy) => copy.sameBody)).toBe(true);
        expect((await store.events.get(event.eventId))?.copies).toBe(20);
        expect(ids(await store.take(100))).toEqual([event.eventId]);
      });

      it("keep their first body when another comes under the same id", async () => {
        const event = paymentEvent();
        await store.events.store(delivery(event, { payload: Buffer.from("first") }));
        const outcome = await store.events.store(delivery(event, { payload: Buffer.from("other") }));
        expect(outcome).toMatchObject({ kind: "stored", copies: [{ duplicate: true, sameBody: false }] });
        expect(Buffer.from((await store.events.payload(event.eventId)) as Uint8Array).toString()).toBe("first");
      });

      it("of one delivery are kept together, each under its own id", async () => {
        const known = paymentEvent();
        await put(known);
        const outcome = await store.events.store(delivery([paymentEvent(), known, paymentEvent()]));
        expect(outcome).toMatchObject({ copies: [{ duplicate: false }, { duplicate: true }, { duplicate: false }] });
        expect(ids(await store.take(100))).toHaveLength(3);
      });

      it("are refused when a weakly bound id comes with another body, and nothing is written", async () => {
        const [first, second] = [paymentEvent(), paymentEvent()];
        await store.events.store(delivery(first, { boundTo: "shop:transmission" }));
        expect(await store.events.store(delivery(first, { boundTo: "shop:transmission" }))).toMatchObject({
          kind: "stored",
        });
        expect(await store.events.store(delivery(second, { boundTo: "shop:transmission" }))).toEqual({
          kind: "bound_to_another_body",
        });
        expect(await store.events.get(second.eventId)).toBeNull();
      });

      it("are listed newest first, page by page, by every filter", async () => {
        const events = [
          paymentEvent("payment.succeeded", {
            source: "a",
            providerEventId: "1",
            receivedAt: "2026-01-01T00:00:00.000Z",
          }),
          paymentEvent("refund.pending", { source: "a", providerEventId: "2", receivedAt: "2026-01-02T00:00:00.000Z" }),
          paymentEvent("other", {
            source: "b",
            providerEventId: "3",
            provider: "stripe",
            providerType: "customer.created",
          }),
          paymentEvent("payment.failed", { source: "b", providerEventId: "4", transactionId: "b:basket_7" }),
        ];
        await put(...events);
        const list = async (filter: object) =>
          (await store.events.list(filter, { limit: 10 })).items.map((item) => item.event.providerEventId).join("");
        expect(await list({})).toBe("4321");
        expect(await list({ source: "a" })).toBe("21");
        expect(await list({ provider: "stripe" })).toBe("3");
        expect(await list({ type: "payment.*" })).toBe("41");
        expect(await list({ type: "customer.created" })).toBe("3");
        expect(await list({ transactionId: "b:basket_7" })).toBe("4");
        expect(await list({ status: "received" })).toBe("4321");
        expect(await list({ from: "2026-01-01T12:00:00.000Z", to: "2026-01-02T00:00:00.001Z" })).toBe("2");
        for (const q of ["b:4", "4", "b:basket_7", "basket_7"]) expect(await list({ q })).toBe("4");
        await settleAll();
        expect(await list({ status: "received" })).toBe("");
        expect(await list({ status: "processed" })).toBe("4321");

        const first = await store.events.list({}, { limit: 3 });
        const second = await store.events.list({}, { limit: 3, cursor: first.nextCursor as string });
        expect([first, second].map((page) => page.items.length)).toEqual([3, 1]);
        expect(second.nextCursor).toBeNull();
      });

      it("that were removed are seen no more, are not queued again, and are still duplicates", async () => {
        const event = paymentEvent();
        await put(event);
        expect(await store.events.remove(event.eventId, "ops")).toBe("in_progress");
        await settleAll();
        expect(await store.events.remove(event.eventId, "ops")).toBe("removed");
        expect(await store.events.remove(event.eventId, "ops")).toBe("unknown_event");
        expect(await store.events.get(event.eventId)).toBeNull();
        expect(await store.events.payload(event.eventId)).toBeNull();
        expect(await store.requeue.enqueue(event.eventId, "replay", "ops")).toBe("unknown_event");
        expect(await store.events.store(delivery(event))).toMatchObject({ copies: [{ duplicate: true }] });
      });

      it("survive a close and a new start, still known and still waiting", async () => {
        const event = paymentEvent();
        await put(event);
        await store.close();
        store = await place.open();
        expect(await store.events.store(delivery(event))).toMatchObject({ copies: [{ duplicate: true }] });
        expect(ids(await store.take(10))).toEqual([event.eventId]);
      });
    });

    describe("attempts", () => {
      it("are counted before they run, so that one which kills the process is counted too", async () => {
        const event = paymentEvent("payment.processing");
        await put(event);
        const [claim] = (await store.take(1)) as [Claim];
        expect(await store.attempts.begin(claim, 1000)).toEqual({ attempt: 1, transaction: undefined });
        await store.close();
        store = await place.open();
        const [again = claim] = await store.take(1);
        expect((await store.attempts.begin(again, 3000))?.attempt).toBe(2);
        expect((await store.events.get(event.eventId))?.attempts).toMatchObject([
          { n: 1, outcome: "interrupted" },
          { n: 2, outcome: null },
        ]);
      });

      it("that failed keep their times and their error", async () => {
        const event = paymentEvent("payment.processing");
        await put(event);
        const [claim] = (await store.take(1)) as [Claim];
        await store.attempts.begin(claim, 1000);
        await store.attempts.retry(claim, { error: "refused", endedAt: 2000 }, 0);
        expect((await store.events.get(event.eventId))?.attempts).toEqual([
          {
            n: 1,
            startedAt: "1970-01-01T00:00:01.000Z",
            endedAt: "1970-01-01T00:00:02.000Z",
            outcome: "failed",
            error: "refused",
          },
        ]);
      });

      it("end with a dead event, which is taken back when it is redriven", async () => {
        const event = paymentEvent();
        await put(event);
        const [claim] = (await store.take(1)) as [Claim];
        await store.attempts.giveUp(claim, { error: "never works", endedAt: 5000 });
        expect(await store.events.get(event.eventId)).toMatchObject({ status: "dead", reason: "never works" });
        expect((await store.events.list({ status: "dead" }, { limit: 10 })).items).toHaveLength(1);
        expect(await store.requeue.enqueue(event.eventId, "redrive", "ops")).toBe("queued");
        expect(await store.requeue.enqueue(event.eventId, "redrive", "ops")).toBe("already_queued");
        expect(await store.requeue.enqueue("shop:none", "redrive", "ops")).toBe("unknown_event");
        expect((await store.events.get(event.eventId))?.status).toBe("received");
        const [back] = (await store.take(1)) as [Claim];
        expect(back).toMatchObject({ event: { eventId: event.eventId }, attempts: 0, replay: false });
        await store.ledger.settle([settlement(back)]);
        expect(await store.events.get(event.eventId)).toMatchObject({ status: "processed", effect: "applied" });
        expect(await store.requeue.enqueue(event.eventId, "redrive", "ops")).toBe("not_dead");
      });
    });

    describe("the ledger", () => {
      it("applies events to their transaction and tells its history in the order of application", async () => {
        const transactionId = "shop:pay_1";
        await put(
          paymentEvent("payment.succeeded", {
            transactionId,
            providerEventId: "e2",
            occurredAt: "2026-01-01T00:00:02.000Z",
          }),
          paymentEvent("payment.processing", {
            transactionId,
            providerEventId: "e1",
            occurredAt: "2026-01-01T00:00:01.000Z",
          }),
          paymentEvent("refund.succeeded", { transactionId, providerEventId: "e3", refundId: "r", amountMinor: "999" }),
        );
        await settleAll();
        const found = await store.ledger.get(transactionId);
        expect(found && statusOf(found.transaction)).toBe("partially_refunded");
        expect(found && amountMinor(found.transaction)).toBe(1999n);
        expect(await store.ledger.history(transactionId)).toMatchObject([
          { eventId: "shop:e2", type: "payment.succeeded", from: null, to: "succeeded", effect: "applied" },
          { eventId: "shop:e1", type: "payment.processing", from: "succeeded", to: "succeeded", effect: "stale" },
          {
            eventId: "shop:e3",
            type: "refund.succeeded",
            from: "succeeded",
            to: "partially_refunded",
            effect: "applied",
          },
        ]);
        expect((await store.events.get("shop:e1"))?.effect).toBe("stale");
      });

      it("quarantines an event that would change the currency, and leaves the transaction as it was", async () => {
        const transactionId = "shop:pay_1";
        await put(paymentEvent("payment.succeeded", { transactionId }));
        await settleAll();
        const before = await store.ledger.get(transactionId);
        await put(paymentEvent("payment.failed", { transactionId, providerEventId: "bad", currency: "USD" }));
        const claims = await store.take(1);
        expect(await store.ledger.settle(claims.map((claim) => settlement(claim)))).toEqual([
          { kind: "quarantined", eventId: "shop:bad", reason: "currency_changed" },
        ]);
        expect(await store.events.get("shop:bad")).toMatchObject({ status: "quarantined", reason: "currency_changed" });
        expect(await store.ledger.get(transactionId)).toEqual(before);
      });

      it("changes nothing when an event is replayed, and says so in its announcement", async () => {
        const event = paymentEvent();
        await put(event);
        await settleAll();
        const transactionId = event.transactionId as string;
        const before = await store.ledger.get(transactionId);
        expect(await store.requeue.enqueue(event.eventId, "replay", "ops")).toBe("queued");
        const [claim] = (await store.take(1)) as [Claim];
        expect(claim.replay).toBe(true);
        await store.ledger.settle([settlement(claim, { destinations: ["books"] })]);
        expect((await store.ledger.get(transactionId))?.transaction).toEqual(before?.transaction);
        expect(await store.ledger.history(transactionId)).toHaveLength(1);
        expect((await store.announced()).at(-1)).toMatchObject({
          data: { eventId: event.eventId, effect: "none", replay: true },
        });
      });

      it("lists transactions newest first, by every filter", async () => {
        await put(
          paymentEvent("payment.succeeded", { transactionId: "shop:one" }),
          paymentEvent("payment.failed", { transactionId: "shop:two", provider: "stripe" }),
          paymentEvent("payment.failed", { transactionId: "shop-eu:three", source: "shop-eu" }),
        );
        await settleAll();
        const list = async (filter: object) =>
          (await store.ledger.list(filter, { limit: 10 })).items.map((item) => item.transaction.transactionId);
        expect(await list({})).toEqual(["shop-eu:three", "shop:two", "shop:one"]);
        expect(await list({ status: "failed" })).toEqual(["shop-eu:three", "shop:two"]);
        expect(await list({ source: "shop" })).toEqual(["shop:two", "shop:one"]);
        expect(await list({ provider: "stripe" })).toEqual(["shop:two"]);
        expect(await list({ q: "tw" })).toEqual(["shop:two"]);
        expect(await list({ to: "2000-01-01T00:00:00.000Z" })).toEqual([]);
      });

      it("knows nothing of a payment that no event named", async () => {
        await put(paymentEvent("other"));
        await settleAll();
        expect(await store.ledger.get("shop:none")).toBeNull();
        expect(await store.ledger.history("shop:none")).toEqual([]);
        expect((await store.ledger.list({}, { limit: 10 })).items).toEqual([]);
      });
    });
  });
}
