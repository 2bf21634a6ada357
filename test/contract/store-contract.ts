import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PaymentEvent } from "../../src/domain/payment-event.ts";
import { amountMinor, statusOf } from "../../src/domain/transaction.ts";
import type { Outbox } from "../../src/ports/announcer.ts";
import type { AuditLog } from "../../src/ports/audit-log.ts";
import type { EventStore } from "../../src/ports/event-store.ts";
import type { Ledger, Settlement } from "../../src/ports/ledger.ts";
import type { Claim, Queue } from "../../src/ports/queue.ts";
import { delivery, paymentEvent } from "../support/payment-events.ts";

export interface Ports {
  readonly events: EventStore;
  readonly queue: Queue;
  readonly ledger: Ledger;
  readonly outbox: Outbox;
  readonly audit: AuditLog;
  close(): Promise<void>;
}

/** What every store promises, whatever it is made of. `open` gives the same data again after `close`. */
export function describeStore(
  name: string,
  start: () => Promise<{ open(): Promise<Ports>; remove(): Promise<void> }>,
): void {
  describe(`the store on ${name}`, () => {
    let place: { open(): Promise<Ports>; remove(): Promise<void> };
    let store: Ports;

    beforeEach(async () => {
      place = await start();
      store = await place.open();
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    const settlement = (claim: Claim, over: Partial<Settlement> = {}): Settlement => ({
      claim,
      attempt: 0,
      startedAt: Date.parse(claim.event.receivedAt),
      destinations: [],
      ...over,
    });
    const put = async (...events: readonly PaymentEvent[]) => {
      for (const event of events) await store.events.store(delivery(event));
    };
    const settleAll = async () => {
      for (;;) {
        const claims = await store.queue.claim(100, "batch");
        if (claims.length === 0) return;
        await store.ledger.settle(claims.map((claim) => settlement(claim)));
      }
    };
    const ids = (claims: readonly Claim[]) => claims.map((claim) => claim.event.eventId);

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
        expect(store.queue.depth()).toBe(1);
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
        expect(store.queue.depth()).toBe(3);
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
        expect(await store.queue.enqueue(event.eventId, "replay", "ops")).toBe("unknown_event");
        expect(await store.events.store(delivery(event))).toMatchObject({ copies: [{ duplicate: true }] });
      });

      it("survive a close and a new start, still known and still waiting", async () => {
        const event = paymentEvent();
        await put(event);
        await store.close();
        store = await place.open();
        expect(await store.events.store(delivery(event))).toMatchObject({ copies: [{ duplicate: true }] });
        expect(ids(await store.queue.claim(10, "exclusive"))).toEqual([event.eventId]);
      });
    });

    describe("the queue", () => {
      const ofPayment = (id: string, ...names: readonly string[]) =>
        names.map((name) => paymentEvent("payment.processing", { transactionId: `shop:${id}`, providerEventId: name }));

      it("hands out each payment's events one at a time, in the order of arrival", async () => {
        await put(...ofPayment("p", "p1", "p2"), ...ofPayment("q", "q1"));
        const first = await store.queue.claim(10, "exclusive");
        expect(ids(first)).toEqual(["shop:p1", "shop:q1"]);
        expect(await store.queue.claim(10, "exclusive")).toEqual([]);
        await store.ledger.settle([settlement(first[0] as Claim)]);
        expect(ids(await store.queue.claim(10, "exclusive"))).toEqual(["shop:p2"]);
      });

      it("hands out a payment's events together, in order, for a batch", async () => {
        await put(...ofPayment("p", "p1", "p2", "p3"));
        expect(ids(await store.queue.claim(2, "batch"))).toEqual(["shop:p1", "shop:p2"]);
        // The payment is out: its third event waits for the batch to be settled.
        expect(await store.queue.claim(2, "batch")).toEqual([]);
      });

      it("lets a payment wait after a failure without holding up another, and keeps its order", async () => {
        await put(...ofPayment("p", "p1", "p2"), ...ofPayment("q", "q1", "q2"));
        const [p1, q1] = (await store.queue.claim(10, "exclusive")) as [Claim, Claim];
        await store.queue.begin(p1, 1000);
        await store.queue.retry(p1, { error: "refused", endedAt: 2000 }, 50);
        await store.ledger.settle([settlement(q1)]);
        expect(ids(await store.queue.claim(10, "exclusive"))).toEqual(["shop:q2"]);
        await ready();
        const [again] = (await store.queue.claim(10, "exclusive")) as [Claim];
        expect(again).toMatchObject({ event: { eventId: "shop:p1" }, attempts: 1 });
        expect((await store.events.get("shop:p1"))?.attempts).toEqual([
          {
            n: 1,
            startedAt: "1970-01-01T00:00:01.000Z",
            endedAt: "1970-01-01T00:00:02.000Z",
            outcome: "failed",
            error: "refused",
          },
        ]);
      });

      const ready = () =>
        new Promise<void>((resolve) => {
          const stop = store.queue.onReady(() => {
            stop();
            resolve();
          });
        });

      it("counts an attempt before it runs, so that one which kills the process is counted too", async () => {
        await put(...ofPayment("p", "p1"));
        const [claim] = (await store.queue.claim(1, "exclusive")) as [Claim];
        expect(await store.queue.begin(claim, 1000)).toEqual({ attempt: 1, transaction: undefined });
        await store.close();
        store = await place.open();
        const [again] = (await store.queue.claim(1, "exclusive")) as [Claim];
        expect(again.attempts).toBe(1);
        expect((await store.queue.begin(again, 3000))?.attempt).toBe(2);
        expect((await store.events.get("shop:p1"))?.attempts).toMatchObject([
          { n: 1, outcome: "interrupted" },
          { n: 2 },
        ]);
      });

      it("gives an event up so that its payment goes on, and takes it back when it is redriven", async () => {
        await put(...ofPayment("p", "p1", "p2"));
        const [p1] = (await store.queue.claim(1, "exclusive")) as [Claim];
        await store.queue.giveUp(p1, { error: "never works", endedAt: 5000 });
        expect(await store.events.get("shop:p1")).toMatchObject({ status: "dead", reason: "never works" });
        const [p2] = (await store.queue.claim(1, "exclusive")) as [Claim];
        expect(p2.event.eventId).toBe("shop:p2");
        expect(await store.queue.enqueue("shop:p1", "redrive", "ops")).toBe("queued");
        expect(await store.queue.enqueue("shop:p1", "redrive", "ops")).toBe("already_queued");
        expect(await store.queue.enqueue("shop:none", "redrive", "ops")).toBe("unknown_event");
        expect((await store.events.get("shop:p1"))?.status).toBe("received");
        await store.ledger.settle([settlement(p2)]);
        const [back] = (await store.queue.claim(1, "exclusive")) as [Claim];
        expect(back).toMatchObject({ event: { eventId: "shop:p1" }, attempts: 0, replay: false });
        await store.ledger.settle([settlement(back)]);
        expect(store.queue.depth()).toBe(0);
      });

      it("tells a listener that there is something to claim", async () => {
        const told = ready();
        await put(paymentEvent());
        await told;
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
        const claims = await store.queue.claim(1, "batch");
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
        expect(await store.queue.enqueue(event.eventId, "replay", "ops")).toBe("queued");
        const [claim] = (await store.queue.claim(1, "exclusive")) as [Claim];
        expect(claim.replay).toBe(true);
        await store.ledger.settle([settlement(claim, { destinations: ["books"] })]);
        expect((await store.ledger.get(transactionId))?.transaction).toEqual(before?.transaction);
        expect(await store.ledger.history(transactionId)).toHaveLength(1);
        const [item] = await store.outbox.due("books", 1);
        expect(item).toMatchObject({
          messageId: event.eventId,
          announcement: { data: { effect: "none", replay: true } },
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

    describe("the outbox", () => {
      it("holds an announcement per destination until it is confirmed, one per payment at a time", async () => {
        const transactionId = "shop:pay_1";
        await put(
          paymentEvent("payment.processing", { transactionId }),
          paymentEvent("payment.succeeded", { transactionId }),
        );
        const claims = await store.queue.claim(2, "batch");
        await store.ledger.settle(claims.map((claim) => settlement(claim, { destinations: ["books", "mail"] })));
        expect(await store.outbox.pending()).toEqual({ books: 2, mail: 2 });
        const [first] = await store.outbox.due("books", 10);
        expect(first).toMatchObject({ attempts: 0, announcement: { type: "payment.processing" } });
        expect(await store.outbox.due("books", 10)).toEqual([]);
        expect(await store.outbox.due("mail", 10)).toHaveLength(1);
        await store.outbox.delivered(first as NonNullable<typeof first>, 1);
        const [second] = await store.outbox.due("books", 10);
        expect(second).toMatchObject({ announcement: { type: "payment.succeeded" } });
        await store.outbox.postpone(second as NonNullable<typeof second>, "503", 0);
        await new Promise<void>((resolve) => store.outbox.onReady(resolve));
        const [again] = await store.outbox.due("books", 10);
        expect(again).toMatchObject({ attempts: 1, messageId: second?.messageId });
        await store.outbox.abandon(again as NonNullable<typeof again>, "gone", 2);
        expect(await store.outbox.pending()).toEqual({ mail: 2 });
      });

      it("still holds after a restart what was handed out and not confirmed", async () => {
        await put(paymentEvent());
        const claims = await store.queue.claim(1, "batch");
        await store.ledger.settle(claims.map((claim) => settlement(claim, { destinations: ["books"] })));
        const before = await store.outbox.due("books", 1);
        await store.close();
        store = await place.open();
        expect(await store.outbox.due("books", 1)).toEqual(before);
      });
    });

    describe("the audit log", () => {
      it("has one record per change, each linked to the one before", async () => {
        const event = paymentEvent();
        await put(event, event);
        await settleAll();
        await store.audit.append({ actor: "ops", action: "token.used", target: "api", outcome: "ok" });
        const records = await store.audit.list(0, 10);
        expect(records.map((record) => record.action)).toEqual([
          "event.received",
          "event.duplicate",
          "event.processed",
          "token.used",
        ]);
        for (const [index, record] of records.entries()) {
          expect(record.seq).toBe(index + 1);
          expect(record.prevHash).toBe(records[index - 1]?.hash ?? "0".repeat(64));
        }
        expect(await store.audit.list(2, 1)).toEqual([records[2]]);
      });
    });
  });
}
