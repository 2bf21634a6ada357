import type { EventFilter } from "../../../ports/event-store.ts";
import { isoTime } from "./event-row.ts";
import type { SqlValue } from "./sqlite-driver.ts";

/**
 * A filter as SQL over `events e LEFT JOIN outcomes o`. No index serves it: an index would sit in the path of every
 * acknowledgement, and the rows without their payloads are small enough to walk.
 */
export function eventConditions(filter: EventFilter): { readonly where: string; readonly values: readonly SqlValue[] } {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const add = (sql: string, ...given: readonly SqlValue[]) => {
    conditions.push(sql);
    values.push(...given);
  };
  if (filter.source !== undefined) add("e.source = ?", filter.source);
  if (filter.provider !== undefined) add("e.provider = ?", filter.provider);
  if (filter.transactionId !== undefined) add("e.transaction_id = ?", filter.transactionId);
  if (filter.from !== undefined) add("e.received_at >= ?", isoTime(Date.parse(filter.from)));
  if (filter.to !== undefined) add("e.received_at < ?", isoTime(Date.parse(filter.to)));
  if (filter.type !== undefined) addType(filter.type, add);
  // The small tables first: what waits and what is dead is little beside what was processed.
  if (filter.status === "received") add("o.seq IS NULL AND e.seq IN (SELECT seq FROM queue)");
  else if (filter.status === "dead") add("e.seq IN (SELECT seq FROM dead_letters)");
  else if (filter.status !== undefined) add("o.status = ?", filter.status);
  if (filter.q !== undefined) {
    const starts = (column: string) => `substr(${column}, 1, ?) = ?`;
    const ids = [
      "e.source || ':' || e.provider_event_id",
      "e.provider_event_id",
      "e.transaction_id",
      "substr(e.transaction_id, length(e.source) + 2)",
    ];
    const { q } = filter;
    add(`(${ids.map(starts).join(" OR ")})`, ...ids.flatMap(() => [[...q].length, q]));
  }
  return { where: conditions.map((condition) => ` AND ${condition}`).join(""), values };
}

function addType(type: string, add: (sql: string, ...given: readonly SqlValue[]) => void): void {
  if (!type.endsWith("*")) {
    add("(e.type = ? OR e.provider_type = ?)", type, type);
    return;
  }
  const prefix = type.slice(0, -1);
  const length = [...prefix].length;
  add("(substr(e.type, 1, ?) = ? OR substr(e.provider_type, 1, ?) = ?)", length, prefix, length, prefix);
}
