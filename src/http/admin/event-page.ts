import type { EventFilter, PageRequest } from "../../ports/event-store.ts";
import { eventJson } from "./event-json.ts";
import type { AdminOperations } from "./operations.ts";

/**
 * One page of events with their payloads, as JSON text. It is gathered in small pieces and ends early once it holds
 * 4 MiB, so that neither side has to hold 500 payloads of the greatest size; `nextCursor` goes on from there.
 */
export async function eventPage(
  operations: Pick<AdminOperations, "listEvents" | "payload">,
  filter: EventFilter,
  { cursor: start, limit }: PageRequest,
): Promise<string> {
  const items: string[] = [];
  let cursor = start ?? null;
  let length = 0;
  do {
    const piece = await operations.listEvents(filter, {
      limit: Math.min(PIECE, limit - items.length),
      ...(cursor === null ? {} : { cursor }),
    });
    const payloads = await Promise.all(
      piece.items.map(({ event, hasPayload }) => (hasPayload ? operations.payload(event.eventId) : null)),
    );
    for (const [i, record] of piece.items.entries()) {
      const json = eventJson(record, payloads[i] ?? null);
      length += json.length;
      items.push(json);
    }
    cursor = piece.nextCursor;
  } while (cursor !== null && items.length < limit && length < ENOUGH_CHARACTERS);
  return `{"items":[${items.join(",")}],"nextCursor":${JSON.stringify(cursor)}}`;
}

const PIECE = 25;
const ENOUGH_CHARACTERS = 4 * 1024 * 1024;
