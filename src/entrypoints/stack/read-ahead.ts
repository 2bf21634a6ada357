import { writeCursor } from "../../adapters/aws/dynamodb/event-order.ts";
import type { AdminOperations } from "../../http/admin/operations.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EventRecord, Page } from "../../ports/event-store.ts";

type List = AdminOperations["listEvents"];

/** The largest page that anybody can ask for. */
const MOST = 500;
/** So long what was read ahead is as good as new. The pieces of one page follow each other at once. */
const FRESH_MS = 5_000;

/**
 * A list in which one read serves all pieces of a page. The admin API gathers a page in small pieces, and a list that is
 * not found by the sparse index reads the whole table each time, whatever its limit.
 */
export function readingAhead(list: List, clock: Pick<Clock, "monotonic">): List {
  let ahead: { readonly key: string; readonly page: Page<EventRecord>; readonly until: number } | null = null;

  return async (filter, { cursor, limit }) => {
    if (filter.status !== undefined && filter.status !== "processed") {
      return list(filter, { limit, ...(cursor === undefined ? {} : { cursor }) });
    }
    const key = (at: string | undefined) => JSON.stringify([filter, at]);
    const held = ahead?.key === key(cursor) && clock.monotonic() < ahead.until ? ahead.page : null;
    ahead = null;
    const page = held ?? (await list(filter, { limit: MOST, ...(cursor === undefined ? {} : { cursor }) }));
    const items = page.items.slice(0, limit);
    const rest = page.items.slice(limit);
    const last = items.at(-1);
    if (last === undefined || rest.length === 0) return { items, nextCursor: page.nextCursor };
    const nextCursor = writeCursor(last.event);
    const until = clock.monotonic() + FRESH_MS;
    ahead = { key: key(nextCursor), page: { items: rest, nextCursor: page.nextCursor }, until };
    return { items, nextCursor };
  };
}
