import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { EventStatus } from "../../../domain/event-state.ts";
import type { PaymentEvent } from "../../../domain/payment-event.ts";
import type { SettledNow } from "../../../ports/ledger.ts";
import type { Item } from "../calls/aws-calls.ts";
import { appended, failed, NO_ATTEMPTS, started, succeeded } from "./event-attempts.ts";
import type { EventItems } from "./event-items.ts";
import { keyIn } from "./event-key.ts";
import type { Change, EventTable } from "./event-table.ts";
import { IS_WAITING, isWaiting, WAITING_VALUES } from "./pending-index.ts";

type Marks = Pick<EventItems, "begin" | "endAttempt" | "markSettled" | "markDead" | "markArchived">;

/** What becomes of an event that was received: each mark is one conditional write. */
export function openEventMarks(table: EventTable): Marks {
  return {
    async begin(event, startedAt) {
      const time = { N: String(startedAt) };
      const counted = await table.update(table.keyOf(event), {
        set: { tries: "if_not_exists(#tries, :zero) + :one", begun: ":time", attempts: appended(":started") },
        condition: `${IS_WAITING} AND (attribute_not_exists(#begun) OR #begun <> :time)`,
        values: {
          ...WAITING_VALUES,
          ":zero": { N: "0" },
          ":one": { N: "1" },
          ":time": time,
          ":none": NO_ATTEMPTS,
          ":started": started(startedAt),
        },
      });
      const { item } = counted;
      if (item === null) return null;
      // A repeated write finds what it wrote before: an answer that is lost three times must not use up three attempts.
      const ours = counted.kind === "done" || (isWaiting(item) && item.begun?.N === time.N);
      return ours ? Number(item.tries?.N) : null;
    },

    async endAttempt(event, { error, endedAt }) {
      await table.update(table.keyOf(event), {
        set: { attempts: appended(":ended") },
        condition: IS_WAITING,
        values: { ...WAITING_VALUES, ":none": NO_ATTEMPTS, ":ended": failed(endedAt, error) },
      });
    },

    markSettled(event, settled, { attempt, startedAt, at }) {
      const time = new Date(at).toISOString();
      const end = attempt === 0 ? null : succeeded(at);
      const start: Item = attempt === 0 ? { started_at: { N: String(startedAt) } } : {};
      const outcome = { ...outcomeOf(settled), processed_at: { S: time }, ...start };
      return finish(event, outcome, end);
    },

    markDead(event, { error, endedAt }) {
      const time = new Date(endedAt).toISOString();
      const dead = { status: { S: DEAD }, pending: { S: DEAD }, reason: { S: error }, dead_at: { S: time } };
      return finish(event, dead, failed(endedAt, error));
    },

    async markArchived(eventId, key) {
      const item = await table.find(eventId);
      if (item === null) return;
      await table.update(keyIn(table.key, item), {
        set: { archive_key: ":key" },
        condition: "#status = :dead",
        values: { ":key": { S: key }, ":dead": { S: DEAD } },
      });
    },
  };

  /** `end` is what the journal of attempts gets. */
  async function finish(event: PaymentEvent, outcome: Item, end: End): Promise<"marked" | "known"> {
    const key = table.keyOf(event);
    const first = await table.update(key, ofFirst(outcome, end));
    if (first.kind === "done") return "marked";
    if (first.item === null) return "known";
    // A repeated write finds what it wrote before.
    if (!isWaiting(first.item)) return isDone(first.item, outcome) ? "marked" : "known";
    const replay = await table.update(key, ofReplay(end));
    return replay.kind === "done" ? "marked" : "known";
  }
}

type End = AttributeValue | null;

const DEAD = "dead" satisfies EventStatus;
/** What is said of an event only while it waits. */
const WAITED = ["tries", "begun", "replaying"];

function outcomeOf(settled: SettledNow): Item {
  if (settled.kind === "quarantined") {
    return { status: { S: settled.kind }, pending: { S: settled.kind }, reason: { S: settled.reason } };
  }
  const { effect, from, to } = settled;
  return {
    status: { S: settled.kind },
    effect: { S: effect },
    ...(from === null ? {} : { status_from: { S: from } }),
    ...(to === null ? {} : { status_to: { S: to } }),
  };
}

/** The event comes to its end for the first time, or for the first time since it was dead or quarantined. */
function ofFirst(outcome: Item, end: End): Change {
  const names = Object.keys(outcome);
  return {
    set: { ...Object.fromEntries(names.map((name) => [name, `:${name}`])), ...journal(end) },
    remove: [...WAITED, ...(outcome.pending === undefined ? ["pending"] : [])],
    condition: "#status = :received",
    values: {
      ...Object.fromEntries(names.map((name) => [`:${name}`, outcome[name] as AttributeValue])),
      ":received": { S: "received" satisfies EventStatus },
      ...journalValues(end),
    },
  };
}

/** A processed event keeps what its first processing made of it, whatever came of the replay. */
function ofReplay(end: End): Change {
  return {
    set: journal(end),
    remove: [...WAITED, "pending"],
    condition: `#status = :processed AND ${IS_WAITING}`,
    values: { ...WAITING_VALUES, ":processed": { S: "processed" satisfies EventStatus }, ...journalValues(end) },
  };
}

function journal(end: End): Record<string, string> {
  return end === null ? {} : { attempts: appended(":ended") };
}

function journalValues(end: End): Item {
  return end === null ? {} : { ":none": NO_ATTEMPTS, ":ended": end };
}

function isDone(item: Item, outcome: Item): boolean {
  return ["status", "processed_at", "dead_at"].every((name) => item[name]?.S === outcome[name]?.S);
}
