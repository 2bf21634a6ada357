import type { Item } from "../calls/aws-calls.ts";
import { isGone, storedEventIn } from "./event-item.ts";
import type { EventItems } from "./event-items.ts";
import type { EventTable } from "./event-table.ts";
import { decodePayload } from "./payload-codec.ts";

/** Events as they stand now, by their id. */
export function openEventRead(table: EventTable): Pick<EventItems, "read" | "payload"> {
  return {
    async read(eventId) {
      const item = await shown(eventId);
      return item === null ? null : storedEventIn(table.key, item);
    },
    async payload(eventId) {
      const item = await shown(eventId);
      const bytes = item?.payload?.B;
      return bytes === undefined ? null : decodePayload(item?.payload_encoding?.S, bytes).body;
    },
  };

  async function shown(eventId: string): Promise<Item | null> {
    const item = await table.find(eventId);
    return item === null || isGone(item, table.clock.now()) ? null : item;
  }
}
