import type { Item } from "../calls/aws-calls.ts";
import type { TableKey } from "./event-key.ts";

/** Where an event stands in the order of lists: newest receipt first, then by id, downwards. */
export interface Place {
  readonly receivedAt: string;
  readonly eventId: string;
}

export function placeOf(key: TableKey, item: Item): Place {
  return { receivedAt: item.received_at?.S ?? "", eventId: item[key.partition]?.S ?? "" };
}

/** Below zero when `a` comes before `b` in a list. */
export function compare(a: Place, b: Place): number {
  if (a.receivedAt !== b.receivedAt) return a.receivedAt > b.receivedAt ? -1 : 1;
  if (a.eventId === b.eventId) return 0;
  return a.eventId > b.eventId ? -1 : 1;
}

/** Whether it is on the pages behind this place; every place is, when there is none. */
export function isAfter(place: Place, after: Place | undefined): boolean {
  return after === undefined || compare(place, after) > 0;
}

/** The cursor of a page that ends here. Two bytes a character keep the longest id within what a query takes. */
export function writeCursor({ receivedAt, eventId }: Place): string {
  return Buffer.from(`${receivedAt} ${eventId}`, "utf16le").toString("base64url");
}

/** Null when it is no cursor of ours. */
export function readCursor(cursor: string): Place | null {
  const found = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (.+)$/s.exec(Buffer.from(cursor, "base64url").toString("utf16le"));
  return found === null ? null : { receivedAt: found[1] as string, eventId: found[2] as string };
}
