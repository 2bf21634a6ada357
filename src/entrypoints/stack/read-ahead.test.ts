import { expect, it } from "vitest";
import { readCursor } from "../../adapters/aws/dynamodb/event-order.ts";
import type { EventRecord, Page, PageRequest } from "../../ports/event-store.ts";
import { readingAhead } from "./read-ahead.ts";

/** 1,200 events, newest first, behind a list that counts its reads. */
function openTable() {
  const ids = Array.from({ length: 1200 }, (_, n) => `stripe:evt_${String(1200 - n).padStart(4, "0")}`);
  const recordOf = (eventId: string) => ({ event: { eventId, receivedAt: "2026-01-15T10:30:00.000Z" } }) as EventRecord;
  let reads = 0;
  let now = 0;
  const list = readingAhead(
    async (_filter, { cursor, limit }: PageRequest): Promise<Page<EventRecord>> => {
      reads++;
      const start = cursor === undefined ? 0 : ids.indexOf(readCursor(cursor)?.eventId ?? cursor) + 1;
      const end = start + limit;
      return {
        items: ids.slice(start, end).map(recordOf),
        nextCursor: end < ids.length ? (ids[end - 1] as string) : null,
      };
    },
    { monotonic: () => now },
  );
  return { ids, list, reads: () => reads, pass: (ms: number) => (now += ms) };
}

it("gives every event once and in order, in as few reads as there are pages of 500", async () => {
  const { ids, list, reads } = openTable();
  const seen: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: Page<EventRecord> = await list({}, { limit: 25, ...(cursor === undefined ? {} : { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(25);
    seen.push(...page.items.map(({ event }) => event.eventId));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(ids);
  expect(reads()).toBe(3);
});

it("reads again for another filter, and when what was read is old", async () => {
  const { ids, list, reads, pass } = openTable();
  const { nextCursor } = await list({}, { limit: 10 });
  const cursor = nextCursor as string;
  const other = await list({ source: "stripe" }, { limit: 1, cursor });
  expect([other.items[0]?.event.eventId, reads()]).toEqual([ids[10], 2]);
  const again = await list({}, { limit: 10 });
  pass(60_000);
  const late = await list({}, { limit: 1, cursor: again.nextCursor as string });
  expect([late.items[0]?.event.eventId, reads()]).toEqual([ids[10], 4]);
});

it("asks for no more than is wanted where the index finds it", async () => {
  const { list, reads } = openTable();
  const { items } = await list({ status: "dead" }, { limit: 25 });
  expect([items.length, reads()]).toEqual([25, 1]);
});
