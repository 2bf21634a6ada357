import { randomBytes } from "node:crypto";
import type { EventStatus } from "../../../domain/event-state.ts";
import type { Item } from "../calls/aws-calls.ts";
import { isGone, messageIn } from "./event-item.ts";
import type { EventItems } from "./event-items.ts";
import { keyIn } from "./event-key.ts";
import type { Change, EventTable } from "./event-table.ts";
import { isWaiting, shardOf } from "./pending-index.ts";

/** Puts an event back among those that wait. */
export function openRequeue(table: EventTable): EventItems["queueAgain"] {
  const { key, clock } = table;

  return async (eventId, why, actor) => {
    const mark = randomBytes(6).toString("base64url");
    let item = await table.find(eventId);
    // Another operator, or the processor, may change it between the look and the write: then it is looked at again.
    for (;;) {
      if (item === null || isGone(item, clock.now())) return "unknown_event";
      if (isWaiting(item)) {
        const ours = why === "repair" || item.delivery?.S === mark;
        return ours ? messageIn(key, item) : "already_queued";
      }
      if (why === "repair" || (why === "redrive" && item.status?.S !== DEAD)) return "not_dead";
      const change = waitAgain(item, { eventId, why, actor, mark, keepUntil: clock.now() + IN_QUEUE_MS });
      const written = await table.update(keyIn(key, item), change);
      if (written.kind === "done") return messageIn(key, { ...item, ...changedBy(change) });
      item = written.item;
    }
  };
}

interface Again {
  readonly eventId: string;
  readonly why: "redrive" | "replay";
  readonly actor: string;
  /** By which a repeated write knows its own work. */
  readonly mark: string;
  /** Epoch milliseconds. */
  readonly keepUntil: number;
}

const DEAD = "dead" satisfies EventStatus;

/** SQS holds a message for at most 14 days: until then its event must be there. */
const IN_QUEUE_MS = 14 * 24 * 3_600_000;

function waitAgain(item: Item, { eventId, why, actor, mark, keepUntil }: Again): Change {
  const generation = Number(item.generation?.N ?? 0);
  const processed = item.status?.S === ("processed" satisfies EventStatus);
  const values: Item = {
    pending: { S: shardOf(eventId) },
    generation: { N: String(generation + 1) },
    delivery: { S: mark },
    asked_by: { S: actor },
    expiry_time: { N: String(Math.max(Number(item.expiry_time?.N ?? 0), Math.ceil(keepUntil / 1000))) },
    ...(why === "replay" ? { replaying: { BOOL: true } } : {}),
    // What was processed stays so: a replay does not take the event's place in its payment's history away.
    ...(processed ? {} : { status: { S: "received" satisfies EventStatus } }),
  };
  const asRead = ["status", "pending", "generation"].map((name) =>
    item[name] === undefined ? `attribute_not_exists(#${name})` : `#${name} = :old_${name}`,
  );
  return {
    set: Object.fromEntries(Object.keys(values).map((name) => [name, `:${name}`])),
    remove: ["tries", "begun", ...(processed ? [] : ENDS)],
    condition: [...asRead, "attribute_not_exists(#removed)"].join(" AND "),
    values: {
      ...prefixed(":", values, Object.keys(values)),
      ...prefixed(":old_", item, ["status", "pending", "generation"]),
    },
  };
}

/** What an end other than processing left behind. */
const ENDS = ["reason", "dead_at", "processed_at", "started_at", "archive_key"];

function prefixed(prefix: string, item: Item, names: readonly string[]): Item {
  return Object.fromEntries(names.flatMap((name) => (item[name] ? [[`${prefix}${name}`, item[name]]] : [])));
}

/** The attributes that a message is made of, as the change wrote them. */
function changedBy({ values }: Change): Item {
  const { ":generation": generation, ":replaying": replaying = { BOOL: false } } = values;
  return { generation: generation as NonNullable<typeof generation>, replaying };
}
