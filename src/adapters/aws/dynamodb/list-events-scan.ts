import type { EventFilter } from "../../../ports/event-store.ts";
import type { Item } from "../calls/aws-calls.ts";
import { filterExpression, fits } from "./event-filter.ts";
import { compare, isAfter, type Place, placeOf } from "./event-order.ts";
import { type EventTable, namesIn } from "./event-table.ts";

/** The table is read in this many parts at once. */
const SEGMENTS = 4;

/** What an item is judged and found again by. */
const PROJECTED = ["provider", "type", "provider_type", "transaction_id", "received_at"];

/**
 * The newest `size` events that fit, in the order of lists, found by reading the whole table at half a read unit for each
 * 4 KB. What was written in the last moments may be missing.
 */
export async function newestScanned(
  table: EventTable,
  filter: EventFilter,
  after: Place | undefined,
  size: number,
): Promise<Item[]> {
  const { key } = table;
  const { expression, values } = filterExpression(key, filter, table.clock.now());
  const keyNames = [key.partition, ...(key.sort === null ? [] : [key.sort.name])];
  const projection = [...new Set([...keyNames, ...PROJECTED])].map((name) => `#${name}`).join(", ");
  let selected: Item[] = [];
  await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => scan(segment)));
  return selected;

  async function scan(Segment: number): Promise<void> {
    let start: Item | undefined;
    do {
      const conditions = [expression];
      const all = { ...values };
      if (after !== undefined) {
        conditions.push("#received_at <= :after");
        all[":after"] = { S: after.receivedAt };
      }
      // Once a page is full, what is older than its last event is not even sent.
      const last = selected[size - 1];
      if (last !== undefined) {
        conditions.push("#received_at >= :oldest");
        all[":oldest"] = { S: placeOf(key, last).receivedAt };
      }
      const FilterExpression = conditions.join(" AND ");
      const answer = await table.dynamo("Scan", {
        TableName: table.table,
        Segment,
        TotalSegments: SEGMENTS,
        FilterExpression,
        ProjectionExpression: projection,
        ExpressionAttributeNames: namesIn(`${FilterExpression} ${projection}`),
        ExpressionAttributeValues: all,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
      select(answer.Items ?? []);
      start = answer.LastEvaluatedKey;
    } while (start !== undefined);
  }

  function select(items: readonly Item[]): void {
    const fitting = items.filter((item) => isAfter(placeOf(key, item), after) && fits(key, filter, item));
    selected = [...selected, ...fitting].sort((a, b) => compare(placeOf(key, a), placeOf(key, b))).slice(0, size);
  }
}
