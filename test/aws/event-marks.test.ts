import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StoreError } from "../../src/domain/errors.ts";
import { isAvailable } from "../support/aws/dynamodb.ts";
import { delivery, paymentEvent } from "../support/payment-events.ts";
import { losingAnswers, startEventsDynamoDb, type TestDynamoDb } from "./event-store/events-table.ts";
import { openWorld, RECEIVED_AT, type WorldOptions } from "./event-store/world.ts";

describe.runIf(isAvailable())("an event on its way through DynamoDB", () => {
  let dynamoDb: TestDynamoDb;
  beforeAll(async () => {
    dynamoDb = await startEventsDynamoDb();
  });
  afterAll(() => dynamoDb.stop());

  const world = (options?: WorldOptions) => openWorld(dynamoDb, options);
  const time = (ms: number) => new Date(ms).toISOString();
  const DAY = 24 * 3_600_000;

  describe("attempts", () => {
    it("are counted before they run, and told with their ends", async () => {
      const { store, items, settle, item } = await world();
      const event = paymentEvent();
      await store.store(delivery(event));
      expect(await items.begin(event, 1000)).toBe(1);
      expect((await store.get(event.eventId))?.attempts).toMatchObject([{ n: 1, outcome: null }]);
      await items.endAttempt(event, { error: "refused", endedAt: 2000 });
      // This one kills its process, the next ends well.
      expect(await items.begin(event, 3000)).toBe(2);
      expect(await items.begin(event, 4000)).toBe(3);
      expect((await items.read(event.eventId))?.tries).toBe(3);
      await items.markSettled(
        event,
        { kind: "processed", eventId: event.eventId, effect: "applied", from: null, to: "succeeded" },
        { attempt: 3, startedAt: 4000, at: 5000 },
      );
      expect((await store.get(event.eventId))?.attempts).toEqual([
        { n: 1, startedAt: time(1000), endedAt: time(2000), outcome: "failed", error: "refused" },
        { n: 2, startedAt: time(3000), endedAt: null, outcome: "interrupted", error: null },
        { n: 3, startedAt: time(4000), endedAt: time(5000), outcome: "succeeded", error: null },
      ]);
      expect(await items.begin(event, 6000)).toBeNull();
      expect(await settle(event)).toBe("known");
      expect(await item(event)).not.toHaveProperty("tries");
    });

    it("are one when the event was processed without a handler", async () => {
      const { store, settle, clock } = await world();
      const event = paymentEvent();
      await store.store(delivery(event));
      await settle(event, { from: "pending", to: "succeeded" });
      const [startedAt, endedAt] = [time(clock.time), time(clock.time + 5)];
      expect(await store.get(event.eventId)).toMatchObject({
        status: "processed",
        processedAt: endedAt,
        effect: "applied",
        statusFrom: "pending",
        statusTo: "succeeded",
        attempts: [{ n: 1, startedAt, endedAt, outcome: "succeeded", error: null }],
      });
    });

    it("of an event that is not there are not counted, and leave nothing behind", async () => {
      const { items, store, settle } = await world();
      const event = paymentEvent();
      expect(await items.begin(event, 1000)).toBeNull();
      await items.endAttempt(event, { error: "late", endedAt: 2000 });
      expect(await settle(event)).toBe("known");
      expect(await items.markDead(event, { error: "late", endedAt: 2000 })).toBe("known");
      await items.markArchived(event.eventId, "key");
      expect(await store.get(event.eventId)).toBeNull();
      expect((await store.list({}, { limit: 5 })).items).toEqual([]);
    });
  });

  describe("marks", () => {
    it("are set once when two come at the same time", async () => {
      const { store, items, clock } = await world();
      const event = paymentEvent();
      await store.store(delivery(event));
      const settled = { kind: "processed", eventId: event.eventId, effect: "applied", from: null, to: null } as const;
      const marks = await Promise.all(
        Array.from({ length: 5 }, (_, n) =>
          items.markSettled(event, settled, { attempt: 0, startedAt: clock.time, at: clock.time + n }),
        ),
      );
      expect(marks.filter((mark) => mark === "marked")).toHaveLength(1);
      expect(await items.markDead(event, { error: "late", endedAt: clock.time })).toBe("known");
      expect(await store.get(event.eventId)).toMatchObject({ status: "processed", reason: null, statusTo: null });
    });

    it("and queueing again know their own write when the answer to it was lost", async () => {
      const { store, items, settle, sent } = await world({ through: losingAnswers("UpdateItem") });
      const [one, two] = [paymentEvent(), paymentEvent()];
      await store.store(delivery(one));
      await store.store(delivery(two));
      expect(await items.begin(one, 1000)).toBe(1);
      expect(await items.begin(one, 2000)).toBe(2);
      await items.endAttempt(one, { error: "refused", endedAt: 3000 });
      expect((await store.get(one.eventId))?.attempts.map(({ outcome }) => outcome)).toEqual(["interrupted", "failed"]);
      expect(await settle(one)).toBe("marked");
      expect(await items.markDead(two, { error: "broken", endedAt: 2000 })).toBe("marked");
      expect(await store.enqueue(two.eventId, "redrive", "ops")).toBe("queued");
      expect(sent.at(-1)).toMatchObject({ event: two, generation: 1 });
      await settle(two);
      expect(await store.remove(two.eventId, "ops")).toBe("removed");
    });

    it("tell of a dead event why and since when, and where it is archived", async () => {
      const { store, items } = await world();
      const event = paymentEvent();
      await store.store(delivery(event));
      await items.begin(event, 1000);
      await items.markDead(event, { error: "never works", endedAt: 5000 });
      await items.markArchived(event.eventId, "shop/2026/x.json");
      expect(await items.read(event.eventId)).toMatchObject({
        archiveKey: "shop/2026/x.json",
        waiting: false,
        record: {
          status: "dead",
          reason: "never works",
          deadAt: time(5000),
          attempts: [{ n: 1, outcome: "failed", error: "never works", endedAt: time(5000) }],
        },
      });
      await store.enqueue(event.eventId, "redrive", "ops");
      await items.markArchived(event.eventId, "late");
      expect(await items.read(event.eventId)).toMatchObject({ archiveKey: null, record: { status: "received" } });
    });
  });

  describe("queueing again", () => {
    it("takes a dead event back once, with its attempts counted anew", async () => {
      const { store, items, sent, settle } = await world();
      const event = paymentEvent();
      await store.store(delivery(event));
      expect(await store.enqueue(event.eventId, "redrive", "ops")).toBe("already_queued");
      expect(await store.enqueue("shop:none", "redrive", "ops")).toBe("unknown_event");
      await items.begin(event, 1000);
      await items.markDead(event, { error: "broken", endedAt: 2000 });
      const all = await Promise.all(Array.from({ length: 5 }, () => store.enqueue(event.eventId, "redrive", "ops")));
      expect(all.sort()).toEqual(["already_queued", "already_queued", "already_queued", "already_queued", "queued"]);
      expect(sent.slice(1)).toEqual([{ event, generation: 1, replay: false }]);
      expect(await items.read(event.eventId)).toMatchObject({
        waiting: true,
        tries: 0,
        generation: 1,
        replaying: false,
        record: { status: "received", reason: null, deadAt: null },
      });
      expect(await items.begin(event, 3000)).toBe(1);
      expect((await store.get(event.eventId))?.attempts).toHaveLength(2);
      await settle(event);
      expect(await store.enqueue(event.eventId, "redrive", "ops")).toBe("not_dead");
    });

    it("replays a processed event, which keeps its first outcome whatever comes of it", async () => {
      const { store, items, settle, sent, clock } = await world();
      const event = paymentEvent();
      await store.store(delivery(event));
      await settle(event);
      const first = await store.get(event.eventId);
      expect(await store.enqueue(event.eventId, "replay", "ops")).toBe("queued");
      expect(sent.at(-1)).toEqual({ event, generation: 1, replay: true });
      expect(await items.read(event.eventId)).toMatchObject({ waiting: true, replaying: true, record: first });
      expect((await store.list({ status: "received" }, { limit: 5 })).items).toEqual([]);
      clock.time += 60_000;
      expect(await settle(event, { effect: "none", from: "succeeded", to: "succeeded" })).toBe("marked");
      expect(await settle(event, { effect: "none" })).toBe("known");
      expect(await store.get(event.eventId)).toEqual(first);

      await store.enqueue(event.eventId, "replay", "ops");
      expect(await items.begin(event, 1000)).toBe(1);
      expect(await items.markDead(event, { error: "now broken", endedAt: 2000 })).toBe("marked");
      expect(await items.read(event.eventId)).toMatchObject({
        waiting: false,
        replaying: false,
        generation: 2,
        record: { ...first, attempts: [{ n: 1, outcome: "failed", error: "now broken" }] },
      });
      expect(await items.countState("dead")).toBe(0);
    });

    it("replays what is dead or quarantined as if it had come for the first time", async () => {
      const { store, items, settle, sent } = await world();
      const [dead, odd] = [paymentEvent(), paymentEvent()];
      await store.store(delivery([dead, odd]));
      await items.markDead(dead, { error: "broken", endedAt: 2000 });
      await items.markSettled(
        odd,
        { kind: "quarantined", eventId: odd.eventId, reason: "currency_changed" },
        { attempt: 0, startedAt: 1000, at: 2000 },
      );
      expect(await store.get(odd.eventId)).toMatchObject({ status: "quarantined", reason: "currency_changed" });
      for (const event of [dead, odd]) {
        expect(await store.enqueue(event.eventId, "replay", "ops")).toBe("queued");
        expect(sent.at(-1)).toEqual({ event, generation: 1, replay: true });
        expect(await store.get(event.eventId)).toMatchObject({ status: "received", reason: null, processedAt: null });
        expect(await settle(event)).toBe("marked");
        expect(await store.get(event.eventId)).toMatchObject({ status: "processed", effect: "applied" });
      }
    });

    it("repairs what waits without changing it", async () => {
      const { store, items, settle, sent, item } = await world();
      const event = paymentEvent();
      await store.store(delivery(event));
      await items.begin(event, 1000);
      const before = await item(event);
      expect(await store.enqueue(event.eventId, "repair", "reconciler")).toBe("queued");
      expect(sent[1]).toEqual(sent[0]);
      expect(await item(event)).toEqual(before);
      await settle(event);
      expect(await store.enqueue(event.eventId, "repair", "reconciler")).toBe("not_dead");
    });

    it("leaves the event waiting when the queue refuses it, so that it is repaired", async () => {
      const { store, items, sent, refuse } = await world();
      const event = paymentEvent();
      await store.store(delivery(event));
      await items.markDead(event, { error: "broken", endedAt: 2000 });
      refuse(new StoreError("unavailable", "no queue"));
      await expect(store.enqueue(event.eventId, "redrive", "ops")).rejects.toMatchObject({ fault: "unavailable" });
      expect(await items.pendingSince(RECEIVED_AT + 1, 10)).toEqual([event.eventId]);
      expect(await store.enqueue(event.eventId, "repair", "reconciler")).toBe("queued");
      expect(sent.at(-1)).toEqual({ event, generation: 1, replay: false });
    });

    it("keeps an event that would expire while it is on the queue", async () => {
      const { store, items, clock, item } = await world();
      const event = paymentEvent();
      await store.store(delivery(event));
      await items.markDead(event, { error: "broken", endedAt: 2000 });
      clock.time = RECEIVED_AT + 29 * DAY;
      await store.enqueue(event.eventId, "redrive", "ops");
      expect((await item(event)).expiry_time?.N).toBe(String(Math.ceil((clock.time + 14 * DAY) / 1000)));
    });
  });
});
