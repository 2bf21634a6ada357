import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TableKey } from "../../src/adapters/aws/dynamodb/event-key.ts";
import { StoreError } from "../../src/domain/errors.ts";
import type { PaymentEvent } from "../../src/domain/payment-event.ts";
import { isAvailable } from "../support/aws/dynamodb.ts";
import { delivery, paymentEvent } from "../support/payment-events.ts";
import { itemBytes, losingAnswers, startEventsDynamoDb, type TestDynamoDb } from "./event-store/events-table.ts";
import { realisticDeliveries } from "./event-store/realistic-bodies.ts";
import { openWorld, RECEIVED_AT, type WorldOptions } from "./event-store/world.ts";

const SORTED: readonly TableKey[] = [
  { partition: "eventId", sort: { name: "timestamp", type: "N" } },
  { partition: "webhookId", sort: { name: "timestamp", type: "S" } },
];

describe.runIf(isAvailable())("the event store on DynamoDB", () => {
  let dynamoDb: TestDynamoDb;
  beforeAll(async () => {
    dynamoDb = await startEventsDynamoDb();
  });
  afterAll(() => dynamoDb.stop());

  const world = (options?: WorldOptions) => openWorld(dynamoDb, options);
  const text = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString();
  const DAY = 24 * 3_600_000;

  describe("storing", () => {
    it("keeps an event as it came, and sends it to the queue", async () => {
      const { store, sent } = await world();
      const event = paymentEvent("refund.succeeded", { refundId: "re_1", occurredAt: null });
      await store.store(delivery(event, { payload: Buffer.from('{"ü":1}'), redacted: true }));
      expect(await store.get(event.eventId)).toMatchObject({
        event,
        status: "received",
        processedAt: null,
        deadAt: null,
        effect: null,
        attempts: [],
        copies: 1,
        redacted: true,
        bodyBytes: 8,
        bodySha256: delivery(event, { payload: Buffer.from('{"ü":1}') }).bodySha256,
        hasPayload: true,
        headers: { "content-type": "application/json" },
      });
      expect(text(await store.payload(event.eventId))).toBe('{"ü":1}');
      expect(sent).toEqual([{ event, generation: 0, replay: false }]);
      expect(await store.get("shop:nothing")).toBeNull();
      expect(await store.payload("shop:nothing")).toBeNull();
    });

    it.each([undefined, ...SORTED])("keeps an event once under twenty simultaneous copies (key %j)", async (key) => {
      const { store, items } = await world(key && { key });
      const event = paymentEvent();
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => store.store(delivery(event))));
      const copies = outcomes.flatMap((outcome) => (outcome.kind === "stored" ? outcome.copies : []));
      expect(copies.filter((copy) => !copy.duplicate)).toHaveLength(1);
      expect(copies.every((copy) => copy.sameBody)).toBe(true);
      expect((await store.get(event.eventId))?.copies).toBe(20);
      expect(await items.countState("waiting")).toBe(1);
    });

    it("keeps the first body when another comes under the same id", async () => {
      const { store } = await world();
      const event = paymentEvent();
      await store.store(delivery(event, { payload: Buffer.from("first") }));
      const outcome = await store.store(delivery(event, { payload: Buffer.from("other") }));
      expect(outcome).toMatchObject({ kind: "stored", copies: [{ duplicate: true, sameBody: false }] });
      expect(text(await store.payload(event.eventId))).toBe("first");
    });

    it("sends a copy again while its event waits, and no more once it was processed", async () => {
      const { store, sent, settle, refuse } = await world();
      const event = paymentEvent();
      refuse(new StoreError("unavailable", "no queue"));
      await expect(store.store(delivery(event))).rejects.toMatchObject({ fault: "unavailable" });
      expect(await store.store(delivery({ ...event, receivedAt: "2026-01-02T09:00:00.000Z" }))).toMatchObject({
        copies: [{ duplicate: true, sameBody: false }],
      });
      // As it was kept first, so that the queue can tell that it is the same.
      expect(sent).toEqual([{ event, generation: 0, replay: false }]);
      expect(await settle(event)).toBe("marked");
      await store.store(delivery(event));
      expect(sent).toHaveLength(1);
    });

    it("keeps the events of one delivery each under its own id, one payment's in their order", async () => {
      const { store, sent } = await world();
      const known = paymentEvent();
      await store.store(delivery(known));
      const ofOne = ["c", "a", "b"].map((providerEventId) =>
        paymentEvent("payment.processing", { providerEventId, transactionId: "shop:pay" }),
      );
      const [first, ...others] = ofOne as [PaymentEvent, ...PaymentEvent[]];
      const outcome = await store.store(delivery([first, known, ...others]));
      expect(outcome).toMatchObject({
        copies: [{ eventId: "shop:c", duplicate: false }, { duplicate: true }, { eventId: "shop:a" }, {}],
      });
      const payment = sent.filter(({ event }) => event.transactionId === "shop:pay");
      expect(payment.map(({ event }) => event.eventId)).toEqual(["shop:c", "shop:a", "shop:b"]);
    });

    it("refuses another body under a weakly bound id, and writes nothing", async () => {
      const { store, sent } = await world();
      const [first, second] = [paymentEvent(), paymentEvent()];
      const boundTo = "shop:transmission";
      await store.store(delivery(first, { boundTo }));
      expect(await store.store(delivery(first, { boundTo }))).toMatchObject({ kind: "stored" });
      expect(await store.store(delivery(second, { boundTo }))).toEqual({ kind: "bound_to_another_body" });
      expect(await store.get(second.eventId)).toBeNull();
      expect(sent.some(({ event }) => event.eventId === second.eventId)).toBe(false);
      expect((await store.list({}, { limit: 10 })).items).toHaveLength(1);
    });

    it("replaces what has no UTF-8 alike in the table and on the queue", async () => {
      const { store, sent } = await world();
      const event = paymentEvent("payment.succeeded", { transactionId: "shop:\ud800" });
      await store.store(delivery(event));
      expect(sent[0]?.event.transactionId).toBe("shop:\ufffd");
      expect((await store.get(event.eventId))?.event).toEqual(sent[0]?.event);
    });

    it("knows its own write when the answer to it was lost", async () => {
      const { store } = await world({ through: losingAnswers("PutItem") });
      expect(await store.store(delivery(paymentEvent()))).toMatchObject({ copies: [{ duplicate: false }] });
    });

    it("rejects with a StoreError when the table is not there", async () => {
      const { store } = await world({
        through: (calls) => (operation, input) => calls(operation, { ...input, TableName: "no-such-table" }),
      });
      await expect(store.store(delivery(paymentEvent()))).rejects.toMatchObject({ name: "StoreError" });
      await expect(store.probe()).rejects.toMatchObject({ name: "StoreError", fault: "unavailable" });
    });

    it("proves by a write that it can write, and shows that write to nobody", async () => {
      const { store, meter } = await world();
      await store.probe();
      expect(meter.read()).toMatchObject({ requests: ["PutItem"], table: 1, index: 0 });
      expect((await store.list({}, { limit: 10 })).items).toEqual([]);
    });
  });

  describe("lists", () => {
    const events = [
      paymentEvent("payment.succeeded", { source: "a", providerEventId: "1", receivedAt: "2026-01-01T00:00:00.000Z" }),
      paymentEvent("refund.pending", { source: "a", providerEventId: "2", receivedAt: "2026-01-02T00:00:00.000Z" }),
      paymentEvent("other", {
        source: "b",
        providerEventId: "3",
        provider: "stripe",
        providerType: "customer.created",
      }),
      paymentEvent("payment.failed", { source: "b", providerEventId: "4", transactionId: "b:basket_7" }),
    ];

    it.each([undefined, ...SORTED])("are newest first, page by page, by every filter (key %j)", async (key) => {
      const { store, items, settle } = await world(key && { key });
      for (const event of events) await store.store(delivery(event));
      const list = async (filter: object) => {
        const { items, nextCursor } = await store.list(filter, { limit: 10 });
        expect(nextCursor).toBeNull();
        return items.map((item) => item.event.providerEventId).join("");
      };
      const pages = async (filter: object) => {
        const ids: string[] = [];
        let cursor: string | null = null;
        // One more than there are pages: a cursor that goes round in circles ends in a failure.
        for (let page = 0; page < 5; page++) {
          const { items, nextCursor } = await store.list(filter, { limit: 1, ...(cursor === null ? {} : { cursor }) });
          ids.push(...items.map((item) => item.event.providerEventId));
          cursor = nextCursor;
          if (cursor === null) break;
        }
        return ids.join("");
      };
      expect(await list({})).toBe("4321");
      expect(await pages({})).toBe("4321");
      expect(await pages({ status: "received" })).toBe("4321");
      expect(await list({ source: "a" })).toBe("21");
      expect(await list({ provider: "stripe" })).toBe("3");
      expect(await list({ type: "payment.*" })).toBe("41");
      expect(await list({ type: "*" })).toBe("4321");
      expect(await list({ type: "payment.failed" })).toBe("4");
      expect(await list({ type: "customer.created" })).toBe("3");
      expect(await list({ type: "customer.*" })).toBe("3");
      expect(await list({ transactionId: "b:basket_7" })).toBe("4");
      expect(await list({ status: "received" })).toBe("4321");
      expect(await list({ status: "received", source: "a" })).toBe("21");
      for (const status of [undefined, "received"]) {
        const filter = { from: "2026-01-01T12:00:00Z", to: "2026-01-02T01:00:00.001+01:00" };
        expect(await list(status === undefined ? filter : { ...filter, status })).toBe("2");
      }
      for (const q of ["b:4", "4", "b:basket_7", "basket_7"]) expect(await list({ q })).toBe("4");
      for (const q of ["asket", "shop", ":4"]) expect(await list({ q })).toBe("");

      const [one, two, three, four] = events as [PaymentEvent, PaymentEvent, PaymentEvent, PaymentEvent];
      await settle(one);
      await items.markDead(two, { error: "broken", endedAt: RECEIVED_AT });
      await items.markSettled(
        three,
        { kind: "quarantined", eventId: three.eventId, reason: "currency_changed" },
        { attempt: 0, startedAt: RECEIVED_AT, at: RECEIVED_AT },
      );
      expect(await list({ status: "received" })).toBe("4");
      expect(await list({ status: "processed" })).toBe("1");
      expect(await list({ status: "dead" })).toBe("2");
      expect(await list({ status: "dead", q: "b:" })).toBe("");
      expect(await list({ status: "dead", from: "2027-01-01T00:00:00Z", to: "2025-01-01T00:00:00Z" })).toBe("");
      expect(await list({ status: "quarantined" })).toBe("3");
      expect(await list({ type: "payment.*", status: "processed" })).toBe("1");
      expect((await items.listState("dead", { limit: 5 })).items.map((item) => item.event.eventId)).toEqual(["a:2"]);
      expect(await items.countState("dead")).toBe(1);
      expect(await items.countState("quarantined")).toBe(1);
      expect(await items.countState("waiting")).toBe(1);
      expect(await items.pendingSince(Date.parse(four.receivedAt), 10)).toEqual([]);
      expect(await items.pendingSince(Date.parse(four.receivedAt) + 1, 10)).toEqual(["b:4"]);
    });

    it("find nothing behind what is no cursor", async () => {
      const { store } = await world();
      await store.store(delivery(paymentEvent()));
      expect(await store.list({}, { limit: 5, cursor: "abc" })).toEqual({ items: [], nextCursor: null });
    });

    it("name what waits since long, oldest first, over all shards", async () => {
      const { store, items } = await world();
      const waiting = Array.from({ length: 40 }, (_, n) =>
        paymentEvent("payment.pending", {
          providerEventId: `e${n}`,
          receivedAt: new Date(RECEIVED_AT + n).toISOString(),
        }),
      );
      await store.store(delivery(waiting));
      const ids = await items.pendingSince(RECEIVED_AT + 30, 25);
      expect(ids).toEqual(waiting.slice(0, 25).map((event) => event.eventId));
      expect(await items.pendingSince(RECEIVED_AT + 30, 100)).toHaveLength(30);
      const newest = await store.list({ status: "received" }, { limit: 33 });
      expect(newest.items.map((item) => item.event.eventId)).toEqual(
        waiting
          .slice(7)
          .reverse()
          .map((event) => event.eventId),
      );
    });

    it("leave out what is expired and not deleted yet; its copies are duplicates all the same", async () => {
      const { store, clock, settle } = await world();
      const event = paymentEvent();
      await store.store(delivery(event));
      await settle(event);
      clock.time = RECEIVED_AT + 30 * DAY + 1000;
      expect(await store.get(event.eventId)).toBeNull();
      expect(await store.payload(event.eventId)).toBeNull();
      expect((await store.list({}, { limit: 5 })).items).toEqual([]);
      expect(await store.enqueue(event.eventId, "replay", "ops")).toBe("unknown_event");
      expect(await store.store(delivery(event))).toMatchObject({ copies: [{ duplicate: true }] });
    });
  });

  describe("removal", () => {
    it.each([undefined, ...SORTED])(
      "hides an event, forgets its payload and keeps its id known (key %j)",
      async (key) => {
        const { store, settle, sent, item } = await world(key && { key });
        const event = paymentEvent();
        await store.store(delivery(event));
        expect(await store.remove(event.eventId, "ops")).toBe("in_progress");
        await settle(event);
        expect(await store.remove(event.eventId, "ops")).toBe("removed");
        expect(await store.remove(event.eventId, "ops")).toBe("unknown_event");
        expect(await store.get(event.eventId)).toBeNull();
        expect(await store.payload(event.eventId)).toBeNull();
        expect((await store.list({}, { limit: 5 })).items).toEqual([]);
        expect(await store.enqueue(event.eventId, "replay", "ops")).toBe("unknown_event");
        expect(await store.store(delivery(event))).toMatchObject({ copies: [{ duplicate: true, sameBody: true }] });
        expect(sent).toHaveLength(1);
        expect(await item(event)).not.toHaveProperty("payload");
      },
    );

    it("loses to a redrive that comes at the same time, or wins, but never both", async () => {
      const { store, items } = await world();
      for (let round = 0; round < 5; round++) {
        const event = paymentEvent();
        await store.store(delivery(event));
        await items.markDead(event, { error: "broken", endedAt: RECEIVED_AT });
        const outcome = await Promise.all([
          store.remove(event.eventId, "ops"),
          store.enqueue(event.eventId, "redrive", "ops"),
        ]);
        expect(["removed unknown_event", "in_progress queued"]).toContain(outcome.join(" "));
      }
    });
  });

  describe("with a sort key", () => {
    it.each(SORTED)(
      "uses the provider's time, and keeps one event under an id whatever time a copy gives (%j)",
      async (key) => {
        const { store, items, settle, item } = await world({ key });
        const [timed, timeless] = [paymentEvent(), paymentEvent("payment.succeeded", { occurredAt: null })];
        await store.store(delivery([timed, timeless]));
        const number = key.sort?.type === "N";
        const value = "2026-01-02T03:04:00.000Z";
        expect((await item(timed))[key.sort?.name ?? ""]).toEqual(
          number ? { N: String(Date.parse(value)) } : { S: value },
        );
        expect((await item(timeless))[key.sort?.name ?? ""]).toEqual(
          number ? { N: "0" } : { S: "1970-01-01T00:00:00.000Z" },
        );
        const other = { ...timed, occurredAt: "2026-01-02T03:00:00.000Z" };
        expect(await store.store(delivery(other))).toMatchObject({ copies: [{ duplicate: true, sameBody: false }] });
        expect((await item(timed)).copies).toEqual({ N: "2" });
        expect(await items.begin(timed, 1000)).toBe(1);
        expect(await items.markDead(timed, { error: "broken", endedAt: 2000 })).toBe("marked");
        await items.markArchived(timed.eventId, "key");
        expect(await items.read(timed.eventId)).toMatchObject({ archiveKey: "key", record: { event: timed } });
        expect(await store.enqueue(timed.eventId, "redrive", "ops")).toBe("queued");
        expect(await settle(timed)).toBe("marked");
        await store.probe();
        expect(await items.bind("shop:t", "00")).toBe("bound");
      },
    );
  });

  describe("the bill", () => {
    it.each(Object.keys(realisticDeliveries(1)))(
      "is one write unit and one of the index per write: %s",
      async (name) => {
        const { store, items, meter, item, clock } = await world();
        for (const seed of [1, 2, 3]) {
          const { event, delivery: one } = realisticDeliveries(seed)[name] as ReturnType<
            typeof realisticDeliveries
          >[string];
          await store.store(one);
          expect(meter.read()).toEqual({ requests: ["PutItem"], table: 1, index: 1 });
          expect(itemBytes(await item(event))).toBeLessThanOrEqual(1024);
          await items.begin(event, clock.time);
          expect(meter.read()).toEqual({ requests: ["UpdateItem"], table: 1, index: 0 });
          await items.markSettled(
            event,
            { kind: "processed", eventId: event.eventId, effect: "applied", from: "processing", to: "succeeded" },
            { attempt: 1, startedAt: clock.time, at: clock.time + 100 },
          );
          expect(meter.read()).toEqual({ requests: ["UpdateItem"], table: 1, index: 1 });
          expect(itemBytes(await item(event))).toBeLessThanOrEqual(1024);
          expect(text(await store.payload(event.eventId))).toBe(text(one.payload));
          meter.read();
        }
      },
    );
  });
});
