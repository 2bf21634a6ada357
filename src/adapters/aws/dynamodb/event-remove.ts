import { isGone } from "./event-item.ts";
import type { EventItems } from "./event-items.ts";
import { keyIn } from "./event-key.ts";
import type { EventTable } from "./event-table.ts";
import { isWaiting, SHARDS } from "./pending-index.ts";

/** What operators see of an event goes; what makes a late copy a duplicate stays until the event's time is over. */
const CONTENT = ["payload", "payload_encoding", "attempts", "pending", "reason", "archive_key", "started_at"];
/** The words for events that came to an end sort behind the shards of those that wait. */
const WAITS_NOT = "(attribute_not_exists(#pending) OR #pending > :last)";

export function openEventRemove(table: EventTable): EventItems["remove"] {
  return async (eventId, actor) => {
    const item = await table.find(eventId);
    if (item === null || isGone(item, table.clock.now())) return "unknown_event";
    if (isWaiting(item)) return "in_progress";
    const written = await table.update(keyIn(table.key, item), {
      set: { removed: ":true", removed_by: ":actor" },
      remove: CONTENT,
      condition: `attribute_exists(#status) AND attribute_not_exists(#removed) AND ${WAITS_NOT}`,
      values: { ":last": { S: SHARDS.at(-1) as string }, ":true": { BOOL: true }, ":actor": { S: actor } },
    });
    if (written.kind === "done") return "removed";
    if (written.item !== null && isWaiting(written.item)) return "in_progress";
    // A repeated write finds what it wrote before.
    return written.item?.removed_by?.S === actor ? "removed" : "unknown_event";
  };
}
