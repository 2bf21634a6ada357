import type { EventFilter } from "../../../ports/event-store.ts";
import type { Item } from "../calls/aws-calls.ts";
import { eventIn } from "./event-item.ts";
import type { TableKey } from "./event-key.ts";

/**
 * A filter as a condition that every event which fits meets, and few others: DynamoDB cannot look for the start of a part
 * of an id. Items that are no events, removed events and expired ones never meet it.
 */
export function filterExpression(
  key: TableKey,
  filter: EventFilter,
  now: number,
): { readonly expression: string; readonly values: Item } {
  const id = `#${key.partition}`;
  const conditions = ["attribute_exists(#provider)", "attribute_not_exists(#removed)", "#expiry_time > :now"];
  const values: Item = { ":now": { N: String(now / 1000) } };
  const add = (condition: string, name: string, text: string) => {
    conditions.push(condition);
    values[name] = { S: text };
  };
  if (filter.source !== undefined) add(`begins_with(${id}, :source)`, ":source", `${filter.source}:`);
  if (filter.provider !== undefined) add("#provider = :provider", ":provider", filter.provider);
  if (filter.status !== undefined) add("#status = :status", ":status", filter.status);
  if (filter.transactionId !== undefined) add("#transaction_id = :transaction", ":transaction", filter.transactionId);
  if (filter.from !== undefined) add("#received_at >= :from", ":from", utc(filter.from));
  if (filter.to !== undefined) add("#received_at < :to", ":to", utc(filter.to));
  const prefix = typePrefix(filter);
  if (prefix === null && filter.type !== undefined) {
    add("(#type = :type OR #provider_type = :type)", ":type", filter.type);
  } else if (prefix !== null && prefix !== "") {
    add("(begins_with(#type, :type) OR begins_with(#provider_type, :type))", ":type", prefix);
  }
  if (filter.q !== undefined && filter.q !== "") {
    add(`(contains(${id}, :q) OR contains(#transaction_id, :q))`, ":q", filter.q);
  }
  return { expression: conditions.join(" AND "), values };
}

/** Whether an item with its ids, types and time fits. Its status is judged by `filterExpression` and by the index only. */
export function fits(key: TableKey, filter: EventFilter, item: Item): boolean {
  const event = eventIn(key, item);
  const { eventId, providerEventId, source, transactionId, type, providerType, receivedAt } = event;
  const { from, to, q } = filter;
  const prefix = typePrefix(filter);
  const types = [type, providerType];
  const ids = [eventId, providerEventId, transactionId, transactionId?.slice(source.length + 1)];
  return (
    (filter.source === undefined || source === filter.source) &&
    (filter.provider === undefined || event.provider === filter.provider) &&
    (filter.transactionId === undefined || transactionId === filter.transactionId) &&
    (from === undefined || receivedAt >= utc(from)) &&
    (to === undefined || receivedAt < utc(to)) &&
    (filter.type === undefined ||
      types.some((one) => (prefix === null ? one === filter.type : one.startsWith(prefix)))) &&
    (q === undefined || ids.some((id) => id?.startsWith(q)))
  );
}

/** Null when the filter names one type, or none. */
function typePrefix({ type }: EventFilter): string | null {
  return type?.endsWith("*") ? type.slice(0, -1) : null;
}

/** Receipts are kept as RFC 3339 in UTC with milliseconds, which sorts as text. */
export function utc(time: string): string {
  return new Date(time).toISOString();
}
