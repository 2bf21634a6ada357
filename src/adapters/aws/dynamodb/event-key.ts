import type { PaymentEvent } from "../../../domain/payment-event.ts";
import type { Item } from "../calls/aws-calls.ts";

/** How the events table names its key: letters, digits and underscores. */
export interface TableKey {
  /** Holds the event id. */
  readonly partition: string;
  /**
   * Where a table has one, it holds the provider's event time: the same in every copy, so that a copy is found. RFC 3339
   * text, or epoch milliseconds; 1970 when the provider gives none.
   */
  readonly sort: { readonly name: string; readonly type: "S" | "N" } | null;
}

export const DEFAULT_KEY: TableKey = { partition: "webhook_id", sort: null };

/** The key of an event's item. */
export function keyOf(key: TableKey, event: Pick<PaymentEvent, "eventId" | "occurredAt">): Item {
  return keyFrom(key, event.eventId, event.occurredAt ?? new Date(0).toISOString());
}

/** The key of an item that is no event. */
export function plainKey(key: TableKey, id: string): Item {
  return keyFrom(key, id, new Date(0).toISOString());
}

/** The key of an item that was read, by an index or otherwise. */
export function keyIn(key: TableKey, item: Item): Item {
  const names = [key.partition, ...(key.sort === null ? [] : [key.sort.name])];
  return Object.fromEntries(names.map((name) => [name, item[name] as NonNullable<Item[string]>]));
}

function keyFrom({ partition, sort }: TableKey, id: string, time: string): Item {
  if (sort === null) return { [partition]: { S: id } };
  const value = sort.type === "S" ? { S: time } : { N: String(Date.parse(time)) };
  return { [partition]: { S: id }, [sort.name]: value };
}
