import { randomBytes } from "node:crypto";
import type { Item } from "../calls/aws-calls.ts";
import { messageIn, newEventItem } from "./event-item.ts";
import type { EventItems } from "./event-items.ts";
import { keyIn, plainKey } from "./event-key.ts";
import type { EventTable } from "./event-table.ts";
import { isWaiting } from "./pending-index.ts";

/** The first write of an event, and of the id that ties a delivery to its body. */
export function openEventPut(table: EventTable): Pick<EventItems, "put" | "bind"> {
  const { key, retentionMs } = table;

  return {
    async put(event, delivery) {
      const mark = randomBytes(6).toString("base64url");
      const known = await differentlyTimed(event.eventId);
      const item = newEventItem(key, event, delivery, { mark, retentionMs });
      const written = known === null ? await table.put(item) : ({ kind: "refused", item: known } as const);
      // Our own mark is there when the first try had taken effect and only its answer was lost.
      if (written.kind === "done" || written.item?.delivery?.S === mark) return { kind: "new" };
      const first = written.item ?? item;
      await countCopy(first);
      const sameBody = Buffer.from(delivery.bodySha256, "hex").equals(first.body_sha256?.B ?? new Uint8Array());
      return { kind: "copy", sameBody, message: isWaiting(first) ? messageIn(key, first) : null };
    },

    async bind(boundTo, bodySha256) {
      const body = Buffer.from(bodySha256, "hex");
      const item = { ...plainKey(key, `bound#${boundTo}`), body_sha256: { B: body } };
      const written = await table.put(item);
      const bound = written.kind === "done" || body.equals(written.item?.body_sha256?.B ?? new Uint8Array());
      return bound ? "bound" : "bound_to_another_body";
    },
  };

  /** With a sort key, a copy that gives another time would be an item of its own. */
  async function differentlyTimed(eventId: string): Promise<Item | null> {
    return key.sort === null ? null : table.find(eventId);
  }

  /** For operators only: what it cannot count is no reason to refuse the copy. */
  async function countCopy(first: Item): Promise<void> {
    await table
      .update(keyIn(key, first), {
        set: { copies: "if_not_exists(#copies, :one) + :one" },
        condition: `attribute_exists(#${key.partition})`,
        values: { ":one": { N: "1" } },
      })
      .catch(() => undefined);
  }
}
