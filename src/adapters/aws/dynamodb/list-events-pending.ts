import type { EventFilter } from "../../../ports/event-store.ts";
import type { Item } from "../calls/aws-calls.ts";
import { utc } from "./event-filter.ts";
import { compare, isAfter, type Place, placeOf } from "./event-order.ts";
import type { EventTable } from "./event-table.ts";
import { mergePending } from "./pending-merge.ts";

/** What the index holds under these words, in the order of lists. */
export async function* newestPending(
  table: EventTable,
  words: readonly string[],
  filter: EventFilter,
  after: Place | undefined,
): AsyncGenerator<Item> {
  const bounds = [after?.receivedAt, filter.to === undefined ? undefined : utc(filter.to)];
  const to = bounds.filter((bound) => bound !== undefined).sort()[0];
  const merged = mergePending(table, words, {
    order: "newest_first",
    pageSize: 100,
    ...(filter.from === undefined ? {} : { from: utc(filter.from) }),
    ...(to === undefined ? {} : { to }),
  });
  // The index orders by time only: events of one instant are put in order here.
  let instant: Item[] = [];
  for await (const item of merged) {
    if (instant[0]?.received_at?.S !== item.received_at?.S) {
      yield* inOrder(instant);
      instant = [];
    }
    instant.push(item);
  }
  yield* inOrder(instant);

  function inOrder(items: Item[]): Item[] {
    const { key } = table;
    return items
      .filter((item) => isAfter(placeOf(key, item), after))
      .sort((a, b) => compare(placeOf(key, a), placeOf(key, b)));
  }
}
