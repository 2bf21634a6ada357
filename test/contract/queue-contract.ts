import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PaymentEvent } from "../../src/domain/payment-event.ts";
import type { Outbox } from "../../src/ports/announcer.ts";
import type { AuditLog } from "../../src/ports/audit-log.ts";
import type { EventStore } from "../../src/ports/event-store.ts";
import type { Ledger } from "../../src/ports/ledger.ts";
import type { Claim, Queue } from "../../src/ports/queue.ts";
import { delivery, paymentEvent } from "../support/payment-events.ts";
import { ids, settlement } from "./settlements.ts";

/** A store that is asked for its events and keeps its own outbox and audit chain. */
export interface QueuePorts {
  readonly events: EventStore;
  readonly queue: Queue;
  readonly ledger: Ledger;
  readonly outbox: Outbox;
  readonly audit: AuditLog;
  close(): Promise<void>;
}

/** What such a store promises beyond `describeStore`. `open` gives the same data again after `close`. */
export function describeQueue(
  name: string,
  start: () => Promise<{ open(): Promise<QueuePorts>; remove(): Promise<void> }>,
): void {
  describe(`the queue on ${name}`, () => {
    let place: { open(): Promise<QueuePorts>; remove(): Promise<void> };
    let store: QueuePorts;

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
      const claims = await store.queue.claim(100, "batch");
      await store.ledger.settle(claims.map((claim) => settlement(claim)));
    };

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

      it("tells a listener that there is something to claim", async () => {
        const told = ready();
        await put(paymentEvent());
        await told;
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
