import type { EventFilter, EventRecord, Page, PageRequest } from "../../../ports/event-store.ts";
import type { Item } from "../calls/aws-calls.ts";
import { fits } from "./event-filter.ts";
import { isGone, storedEventIn } from "./event-item.ts";
import type { EventItems } from "./event-items.ts";
import { keyIn } from "./event-key.ts";
import { type Place, placeOf, readCursor, writeCursor } from "./event-order.ts";
import type { EventTable } from "./event-table.ts";
import { newestPending } from "./list-events-pending.ts";
import { newestScanned } from "./list-events-scan.ts";
import { SHARDS } from "./pending-index.ts";

/**
 * Lists of events, newest first. What waits, is dead or quarantined is found by the sparse index. Any other list reads
 * the whole table and keeps no more than a page in memory: the table has no index by time, because that would add a
 * write to every webhook.
 */
export function openEventList(table: EventTable): Pick<EventItems, "list" | "listState"> {
  const { key } = table;

  return {
    list,
    listState: (state, page) => list({ status: state }, page),
  };

  async function list(filter: EventFilter, { cursor, limit }: PageRequest): Promise<Page<EventRecord>> {
    const after = cursor === undefined ? undefined : readCursor(cursor);
    // What never was a cursor has nothing behind it.
    if (after === null) return { items: [], nextCursor: null };
    const { status } = filter;
    if (status === undefined || status === "processed") {
      const found = await newestScanned(table, filter, after, limit + 1);
      const looked = await look(found.slice(0, limit), filter);
      return { items: looked.flatMap(shown), nextCursor: found.length > limit ? cursorOf(looked) : null };
    }
    const words = status === "received" ? SHARDS : [status];
    return fill(newestPending(table, words, filter, after), filter, limit);
  }

  /** Looks at one event after the other until the page is full. */
  async function fill(candidates: AsyncIterable<Item>, filter: EventFilter, limit: number): Promise<Page<EventRecord>> {
    const found: Looked[] = [];
    for await (const items of batches(candidates, Math.min(AT_ONCE, limit + 1))) {
      for (const one of await look(items, filter)) if (one.record !== null) found.push(one);
      if (found.length > limit) break;
    }
    const page = found.slice(0, limit);
    return { items: page.flatMap(shown), nextCursor: found.length > limit ? cursorOf(page) : null };
  }

  async function look(items: readonly Item[], filter: EventFilter): Promise<Looked[]> {
    const looked: Looked[] = [];
    for (let from = 0; from < items.length; from += AT_ONCE) {
      looked.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map((item) => lookAt(item, filter)))));
    }
    return looked;
  }

  /** The item itself, which may be newer than what the search saw of it. */
  async function lookAt(found: Item, filter: EventFilter): Promise<Looked> {
    const place = placeOf(key, found);
    const answer = await table.dynamo("GetItem", {
      TableName: table.table,
      Key: keyIn(key, found),
      ConsistentRead: true,
    });
    const item = answer.Item;
    if (item === undefined || isGone(item, table.clock.now()) || !fits(key, filter, item))
      return { place, record: null };
    const { record } = storedEventIn(key, item);
    return { place, record: (filter.status ?? record.status) === record.status ? record : null };
  }
}

interface Looked {
  readonly place: Place;
  /** Null when it belongs to the list no more. */
  readonly record: EventRecord | null;
}

/** Read side by side, but not by the hundred. */
const AT_ONCE = 25;

function shown({ record }: Looked): EventRecord[] {
  return record === null ? [] : [record];
}

function cursorOf(page: readonly Looked[]): string | null {
  const last = page.at(-1);
  return last === undefined ? null : writeCursor(last.place);
}

async function* batches(items: AsyncIterable<Item>, size: number): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
