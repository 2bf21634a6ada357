import type { Item } from "../calls/aws-calls.ts";
import type { EventTable } from "./event-table.ts";
import { type PendingQuery, queryPending } from "./pending-index.ts";

/** Several values of `pending` as one list in order of receipt. Of each, no more is read than is taken. */
export async function* mergePending(
  table: EventTable,
  words: readonly string[],
  query: Omit<PendingQuery, "pending">,
): AsyncGenerator<Item> {
  const before = query.order === "newest_first" ? (a: string, b: string) => a > b : (a: string, b: string) => a < b;
  const sources = words.map((pending) => queryPending(table, { ...query, pending }));
  const heads = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let first = -1;
    for (const [index, head] of heads.entries()) {
      if (head.done) continue;
      const leading = heads[first];
      if (leading === undefined || leading.done || before(timeOf(head.value), timeOf(leading.value))) first = index;
    }
    const head = heads[first];
    if (head === undefined || head.done) return;
    yield head.value;
    heads[first] = await (sources[first] as AsyncGenerator<Item, undefined>).next();
  }
}

function timeOf(item: Item): string {
  return item.received_at?.S ?? "";
}
