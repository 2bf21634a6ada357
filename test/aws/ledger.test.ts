import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DynamoDbCalls } from "../../src/adapters/aws/calls/aws-calls.ts";
import { StoreError } from "../../src/domain/errors.ts";
import type { PaymentEvent } from "../../src/domain/payment-event.ts";
import { apply, statusOf, type Transaction } from "../../src/domain/transaction.ts";
import { isAvailable, UNAVAILABLE } from "../support/aws/dynamodb.ts";
import { paymentEvent } from "../support/payment-events.ts";
import { startTables, type TestTables } from "./ledger/dynamodb.ts";
import { failingOnce, openWorld, settle, unavailable, type World } from "./ledger/world.ts";

const enter = () => () => {};

if (!isAvailable()) console.warn(UNAVAILABLE);

describe.runIf(isAvailable())("the ledger on AWS", () => {
  let database: TestTables;
  let world: World;

  beforeAll(async () => {
    database = await startTables();
    world = await openWorld(database, "state");
  });
  afterAll(() => database.stop());

  let payments = 0;
  const newPayment = () => `shop:pay_${++payments}`;
  const toldOf = (...events: readonly PaymentEvent[]) =>
    world.told.filter(({ data }) => events.some(({ eventId }) => eventId === data.eventId));

  describe("under concurrency", () => {
    it("gives each of a payment's events one effect, whoever settles them and however often", async () => {
      const transactionId = newPayment();
      const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, "0")}.000Z`;
      const events = [
        paymentEvent("payment.processing", { transactionId, occurredAt: at(1) }),
        paymentEvent("payment.succeeded", { transactionId, occurredAt: at(2) }),
        ...Array.from({ length: 16 }, (_, n) =>
          paymentEvent("refund.succeeded", { transactionId, refundId: `re_${n}`, amountMinor: "7", occurredAt: at(n) }),
        ),
        paymentEvent("dispute.opened", { transactionId, disputeId: "du", occurredAt: at(50) }),
        paymentEvent("dispute.won", { transactionId, disputeId: "du", occurredAt: at(51) }),
      ];
      await world.put(...events);
      const shares = [0, 1, 2, 3].map((share) => events.filter((_, n) => n % 4 === share));
      // Each takes its share, and a fifth has some that the others have too.
      const handedOut = [...shares, events.filter((_, n) => n % 3 === 0).reverse()];
      await Promise.all(handedOut.map((share) => settle(world.instance(), share)));

      const joined = events.reduce<Transaction | undefined>((transaction, event) => {
        const application = apply(transaction, event);
        return application.kind === "settled" ? application.transaction : transaction;
      }, undefined);
      expect((await world.ledger.get(transactionId))?.transaction).toEqual(joined);
      const history = await world.ledger.history(transactionId);
      expect(history.map(({ eventId }) => eventId).sort()).toEqual(events.map(({ eventId }) => eventId).sort());
      for (const entry of history) {
        expect((await world.events.read(entry.eventId))?.record).toMatchObject({
          status: "processed",
          effect: entry.effect,
        });
        const tellings = world.told.filter(({ data }) => data.eventId === entry.eventId);
        expect(tellings.length).toBeGreaterThan(0);
        for (const { data } of tellings) expect(data).toMatchObject({ effect: entry.effect, status: entry.to });
      }
    });

    it("reads a payment once, also when another write comes in between", async () => {
      const transactionId = newPayment();
      const [first, second] = [
        paymentEvent("payment.succeeded", { transactionId }),
        paymentEvent("refund.succeeded", { transactionId, refundId: "re" }),
      ];
      await world.put(first, second);
      const calls: string[] = [];
      const dynamo: DynamoDbCalls = async (operation, input) => {
        if (operation === "PutItem" && !calls.includes("PutItem")) await settle(world.ledger, [second]);
        calls.push(operation);
        return database.calls(operation, input);
      };
      expect(await settle(world.instance({ dynamo }), [first])).toMatchObject([
        { kind: "processed", effect: "applied" },
      ]);
      expect(calls).toEqual(["GetItem", "PutItem", "PutItem"]);
      expect((await world.ledger.history(transactionId)).map(({ eventId }) => eventId)).toEqual([
        second.eventId,
        first.eventId,
      ]);
    });

    it("keeps the order of a payment's events that come together", async () => {
      const transactionId = newPayment();
      const events = ["e1", "e2", "e3"].map((name) =>
        paymentEvent("payment.processing", { transactionId, providerEventId: `${name}-${payments}` }),
      );
      await world.put(...events);
      const settled = await settle(world.ledger, [...events, events[0] as PaymentEvent]);
      expect(settled.map(({ kind }) => kind)).toEqual(["processed", "processed", "processed", "known"]);
      expect(toldOf(...events).map(({ data }) => data.eventId)).toEqual(events.map(({ eventId }) => eventId));
    });
  });

  describe("after a crash", () => {
    it("between the ledger and the announcement tells the effect that the event had, and applies nothing again", async () => {
      const transactionId = newPayment();
      const paid = paymentEvent("payment.succeeded", { transactionId });
      const refunded = paymentEvent("refund.succeeded", { transactionId, refundId: "re" });
      await world.put(paid, refunded);
      const mute = world.instance({ announcer: { announce: () => Promise.reject(unavailable), enter } });
      await expect(settle(mute, [paid])).rejects.toBe(unavailable);
      expect((await world.events.read(paid.eventId))?.waiting).toBe(true);
      await settle(world.ledger, [refunded]);
      const before = await world.rows(transactionId);

      const outcome = { kind: "processed", eventId: paid.eventId, effect: "applied", from: null, to: "succeeded" };
      expect(await settle(world.ledger, [paid])).toEqual([outcome]);
      expect(toldOf(paid)).toMatchObject([{ data: { effect: "applied", status: "succeeded" } }]);
      expect((await world.events.read(paid.eventId))?.record.status).toBe("processed");
      expect(await world.rows(transactionId)).toEqual(before);
    });

    it("between the announcement and the mark tells the same again, and marks", async () => {
      const event = paymentEvent("payment.succeeded", { transactionId: newPayment() });
      await world.put(event);
      const { events } = world;
      const forgetful = world.instance({ events: { ...events, markSettled: () => Promise.reject(unavailable) } });
      await expect(settle(forgetful, [event])).rejects.toBe(unavailable);
      expect(await settle(world.ledger, [event])).toMatchObject([{ kind: "processed", effect: "applied" }]);
      const [first, second] = toldOf(event);
      expect(second).toEqual(first);
      expect((await events.read(event.eventId))?.record.effect).toBe("applied");
    });

    it("after the mark finds the event known and does nothing", async () => {
      const event = paymentEvent("payment.succeeded", { transactionId: newPayment() });
      await world.put(event);
      await settle(world.ledger, [event]);
      const before = await world.rows(event.transactionId as string);
      expect(await settle(world.ledger, [event])).toEqual([{ kind: "known", eventId: event.eventId }]);
      expect(toldOf(event)).toHaveLength(1);
      expect(await world.rows(event.transactionId as string)).toEqual(before);
    });

    it("that cost only the answer of the ledger write finds what was written", async () => {
      const event = paymentEvent("payment.succeeded", { transactionId: newPayment() });
      await world.put(event);
      const dynamo = failingOnce(database.calls, (operation) => operation === "PutItem", "after");
      const ledger = world.instance({ dynamo });
      await expect(settle(ledger, [event])).rejects.toThrow(StoreError);
      expect(await settle(ledger, [event])).toMatchObject([{ kind: "processed", effect: "applied", from: null }]);
      expect(await ledger.history(event.transactionId as string)).toHaveLength(1);
    });

    it("that made the client write twice finds its own write", async () => {
      const event = paymentEvent("payment.succeeded", { transactionId: newPayment() });
      await world.put(event);
      const dynamo: DynamoDbCalls = async (operation, input) => {
        if (operation === "PutItem") await database.calls(operation, input);
        return database.calls(operation, input);
      };
      expect(await settle(world.instance({ dynamo }), [event])).toMatchObject([{ kind: "processed", from: null }]);
      expect(await world.ledger.history(event.transactionId as string)).toHaveLength(1);
    });

    it("of one payment lets the others come to their end, and leaves what follows in that payment alone", async () => {
      const [broken, fine] = [newPayment(), newPayment()];
      const events = [
        paymentEvent("payment.succeeded", { transactionId: broken }),
        paymentEvent("refund.succeeded", { transactionId: broken, refundId: "re" }),
        paymentEvent("payment.succeeded", { transactionId: fine }),
        paymentEvent("refund.succeeded", { transactionId: fine, refundId: "re" }),
      ] as const;
      await world.put(...events);
      const dynamo = failingOnce(database.calls, (_, item) => item?.transactionId?.S === broken);
      await expect(settle(world.instance({ dynamo }), events)).rejects.toThrow(StoreError);
      expect(await world.ledger.history(broken)).toEqual([]);
      expect(await world.ledger.history(fine)).toHaveLength(2);
      expect((await world.events.read(events[3].eventId))?.record.status).toBe("processed");
    });

    it("and a fault of our own at once throws the one that does not go away by itself", async () => {
      const [first, second] = [1, 2].map(() => paymentEvent("payment.succeeded", { transactionId: newPayment() }));
      const events = [first as PaymentEvent, second as PaymentEvent];
      await world.put(...events);
      const defect = new TypeError("a defect");
      const ledger = world.instance({
        announcer: {
          announce: ({ data }) => Promise.reject(data.eventId === first?.eventId ? unavailable : defect),
          enter,
        },
      });
      await expect(settle(ledger, events)).rejects.toBe(defect);
    });
  });

  describe("a replay", () => {
    it("changes nothing, says so, and is done once", async () => {
      const event = paymentEvent("payment.succeeded", { transactionId: newPayment() });
      await world.put(event);
      await settle(world.ledger, [event]);
      const before = await world.rows(event.transactionId as string);
      await world.events.queueAgain(event.eventId, "replay", "ops");
      expect(await settle(world.ledger, [event], true)).toMatchObject([
        { kind: "processed", effect: "none", from: "succeeded", to: "succeeded" },
      ]);
      expect(toldOf(event)[1]).toMatchObject({ data: { effect: "none", replay: true, status: "succeeded" } });
      expect(await world.rows(event.transactionId as string)).toEqual(before);
      expect(await settle(world.ledger, [event], true)).toEqual([{ kind: "known", eventId: event.eventId }]);
      expect(toldOf(event)).toHaveLength(2);
    });

    it("of an event that was never processed tells its effect, also when it has to be told again", async () => {
      const event = paymentEvent("payment.succeeded", { transactionId: newPayment() });
      await world.put(event);
      await world.events.markDead(event, { error: "no", endedAt: 1000 });
      await world.events.queueAgain(event.eventId, "replay", "ops");
      const mute = world.instance({ announcer: { announce: () => Promise.reject(unavailable), enter } });
      await expect(settle(mute, [event], true)).rejects.toBe(unavailable);
      expect(await settle(world.ledger, [event], true)).toMatchObject([{ effect: "applied", from: null }]);
      expect(toldOf(event)).toMatchObject([{ data: { effect: "applied", replay: true } }]);
    });
  });

  describe("what cannot be applied", () => {
    it("is quarantined when it would change the currency, and the payment's item stays as it is", async () => {
      const transactionId = newPayment();
      const good = paymentEvent("payment.succeeded", { transactionId });
      const bad = paymentEvent("payment.failed", { transactionId, currency: "USD" });
      await world.put(good, bad);
      await settle(world.ledger, [good]);
      const before = await world.rows(transactionId);
      const quarantined = { kind: "quarantined", eventId: bad.eventId, reason: "currency_changed" };
      expect(await settle(world.ledger, [bad])).toEqual([quarantined]);
      expect(await world.rows(transactionId)).toEqual(before);
      expect(toldOf(bad)).toEqual([]);
      expect((await world.events.read(bad.eventId))?.record).toMatchObject({
        status: "quarantined",
        reason: "currency_changed",
      });
      expect(await settle(world.ledger, [bad])).toMatchObject([{ kind: "known" }]);
    });

    it("makes no item, and is announced when it is merely of no payment", async () => {
      const other = paymentEvent("other");
      const impossible = paymentEvent("payment.succeeded", {
        transactionId: newPayment(),
        quarantine: "negative_amount",
      });
      await world.put(other, impossible);
      expect(await settle(world.ledger, [other, impossible])).toMatchObject([
        { kind: "processed", effect: "none", from: null, to: null },
        { kind: "quarantined", reason: "negative_amount" },
      ]);
      expect(toldOf(other, impossible)).toMatchObject([{ type: "other", data: { effect: "none", status: null } }]);
      expect(await world.ledger.get(impossible.transactionId as string)).toBeNull();
    });

    it("but names a payment is announced with that payment's status", async () => {
      const transactionId = newPayment();
      const paid = paymentEvent("payment.succeeded", { transactionId });
      const other = paymentEvent("other", { transactionId });
      await world.put(paid, other);
      await settle(world.ledger, [paid, other]);
      expect(toldOf(other)).toMatchObject([{ data: { effect: "none", status: "succeeded" } }]);
      expect(await world.ledger.history(transactionId)).toHaveLength(1);
    });
  });

  it("costs a read unit and a write unit for each event of a payment with refunds and a dispute", async () => {
    const units: string[] = [];
    const dynamo: DynamoDbCalls = async (operation, input) => {
      const answer = await database.calls(operation, { ...input, ReturnConsumedCapacity: "TOTAL" });
      const consumed = answer as { readonly ConsumedCapacity?: { readonly CapacityUnits?: number } };
      units.push(`${operation} ${consumed.ConsumedCapacity?.CapacityUnits}`);
      return answer;
    };
    const ledger = world.instance({ dynamo });
    for (const event of stripePayment()) {
      await world.put(event);
      await settle(ledger, [event]);
      expect(units.splice(0)).toEqual(["GetItem 1", "PutItem 1"]);
    }
  });

  describe("the list", () => {
    it("gives the newest payment first, those of one millisecond too, page by page, by every filter", async () => {
      const own = await openWorld(database, "state", { now: () => 1e12, monotonic: () => 0 });
      const events = [
        paymentEvent("payment.succeeded", { transactionId: "shop:one" }),
        paymentEvent("payment.failed", { transactionId: "shop:two", provider: "stripe" }),
        paymentEvent("payment.failed", { transactionId: "shop-eu:three", source: "shop-eu" }),
      ];
      await own.put(...events);
      await settle(own.ledger, events);
      const idsOf = (page: Awaited<ReturnType<World["ledger"]["list"]>>) =>
        page.items.map(({ transaction }) => transaction.transactionId);
      const list = async (filter: object) => idsOf(await own.ledger.list(filter, { limit: 10 }));
      expect(await list({})).toEqual(["shop-eu:three", "shop:two", "shop:one"]);
      expect(await list({ status: "failed" })).toEqual(["shop-eu:three", "shop:two"]);
      expect(await list({ source: "shop" })).toEqual(["shop:two", "shop:one"]);
      expect(await list({ provider: "stripe", status: "failed" })).toEqual(["shop:two"]);
      for (const q of ["tw", "shop:tw"]) expect(await list({ q })).toEqual(["shop:two"]);
      expect(await list({ to: "2000-01-01T00:00:00Z" })).toEqual([]);
      expect(await list({ from: "2000-01-01T00:00:00Z" })).toHaveLength(3);

      const first = await own.ledger.list({}, { limit: 2 });
      expect(idsOf(first)).toEqual(["shop-eu:three", "shop:two"]);
      expect(first.nextCursor).toMatch(/^[\w-]+$/);
      const second = await own.ledger.list({}, { limit: 2, cursor: first.nextCursor as string });
      expect([idsOf(second), second.nextCursor]).toEqual([["shop:one"], null]);
    });
  });

  describe("as a journal", () => {
    it("has a row per applied event at its time beside the state, each once", async () => {
      const journal = await openWorld(database, "journal");
      const transactionId = "shop:pay";
      const at = Date.parse("2026-01-02T03:04:00.000Z");
      const events = [
        paymentEvent("payment.processing", { transactionId, providerEventId: "a" }),
        paymentEvent("payment.succeeded", { transactionId, providerEventId: "b" }),
        paymentEvent("refund.succeeded", { transactionId, providerEventId: "c", refundId: "re", occurredAt: null }),
        paymentEvent("payment.failed", { transactionId, providerEventId: "d", currency: "USD" }),
      ];
      await journal.put(...events);
      const dynamo = failingOnce(database.calls, (_, item) => item?.event_id?.S === "shop:a");
      await expect(settle(journal.instance({ dynamo }), events)).rejects.toThrow(StoreError);
      await settle(journal.ledger, events);
      await settle(journal.ledger, events);

      const rows = await journal.rows(transactionId);
      const received = Date.parse("2026-01-02T03:04:05.678Z");
      expect(rows.map((row) => [row.timestamp?.N, row.event_id?.S])).toEqual([
        ["0", undefined],
        [String(at), "shop:a"],
        [String(at + 1), "shop:b"],
        [String(received), "shop:c"],
      ]);
      expect(rows[2]).toMatchObject({
        type: { S: "payment.succeeded" },
        effect: { S: "applied" },
        status_from: { S: "processing" },
        status_to: { S: "succeeded" },
        amount_minor: { N: "1999" },
        currency: { S: "EUR" },
      });
      expect((await journal.ledger.list({}, { limit: 10 })).items).toHaveLength(1);
      const found = await journal.ledger.get(transactionId);
      expect(found && statusOf(found.transaction)).toBe("refunded");
    });
  });
});

/** A payment as Stripe tells it, with ids as long as theirs. */
function stripePayment(): readonly PaymentEvent[] {
  const id = (prefix: string, n: number) => `${prefix}_3Q${String(n * 7919).padStart(4, "x")}kLm8ZvYw2eT0aBcDeF${n}`;
  const of = (type: Parameters<typeof paymentEvent>[0], n: number, over: Partial<PaymentEvent> = {}) =>
    paymentEvent(type, {
      source: "stripe",
      provider: "stripe",
      providerEventId: id("evt", n),
      transactionId: `stripe:${id("pi", 0)}`,
      occurredAt: `2026-0${n}-1${n}T1${n}:0${n}:3${n}.000Z`,
      amountMinor: String(129900 - n * 1111),
      ...over,
    });
  return [
    of("payment.processing", 1),
    of("payment.succeeded", 2),
    of("refund.succeeded", 3, { refundId: id("re", 3) }),
    of("refund.succeeded", 4, { refundId: id("re", 4) }),
    of("dispute.opened", 5, { disputeId: id("du", 5) }),
  ];
}
