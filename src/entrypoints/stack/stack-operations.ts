import { hash } from "node:crypto";
import type { EventItems } from "../../adapters/aws/dynamodb/event-items.ts";
import type { LedgerItems } from "../../adapters/aws/dynamodb/ledger-items.ts";
import { openEventStore } from "../../adapters/aws/event-store.ts";
import type { BucketArchive } from "../../adapters/aws/s3/bucket-archive.ts";
import type { TopicAlerts } from "../../adapters/aws/sns/alerts.ts";
import type { QueueSender } from "../../adapters/aws/sqs/queue-sender.ts";
import { type AdminOperations, BULK_LIMIT } from "../../http/admin/operations.ts";
import type { Gauges } from "../../http/metrics.ts";
import type { Series } from "../../http/series.ts";
import { archiveKey } from "../../pipeline/archive-record.ts";
import { requeueAll } from "../../pipeline/replay.ts";
import type { Clock } from "../../ports/clock.ts";
import { readingAhead } from "./read-ahead.ts";

export interface StackParts {
  readonly items: EventItems;
  readonly ledger: Pick<LedgerItems, "get" | "history" | "list">;
  readonly sender: QueueSender;
  /** Null for a stack without one. */
  readonly archive: Pick<BucketArchive, "remove"> | null;
  readonly alerts: TopicAlerts;
  readonly auditLog: AdminOperations["audit"];
  readonly refusals: AdminOperations["rejections"];
  /** Of this process, so always empty: on AWS the functions' rates are metrics of CloudWatch. */
  readonly series: Pick<Series, "read">;
  readonly clock: Clock;
}

/** The payments whose events are put back at the same time: each event is three calls. */
const PAYMENTS_AT_ONCE = 16;

/** What the admin API can ask of a deployment on AWS. It has no destinations: subscribers of the topic are told. */
export function operationsOnStack({ items, ledger, sender, archive, alerts, ...parts }: StackParts): AdminOperations {
  const store = openEventStore({ items, sender });
  const bulk = { events: store, queue: store };
  const limits = { most: BULK_LIMIT, paymentsAtOnce: PAYMENTS_AT_ONCE };
  return {
    listEvents: readingAhead(store.list, parts.clock),
    getEvent: store.get,
    payload: store.payload,
    async deleteEvent(eventId, actor) {
      const record = await store.get(eventId);
      // It may have been archived and redriven since. First of all, so that after a fault it can be deleted again.
      if (record !== null && record.status !== "received") await archive?.remove(archiveKey(record.event, sha256));
      const result = await store.remove(eventId, actor);
      if (result !== "removed") return result;
      // The item stays, so the auditor sees a change and not the deletion that it alerts about.
      alerts.raise("event.deleted", eventId, `Deleted by ${actor}.`);
      await alerts.flush();
      return "deleted";
    },
    listTransactions: ledger.list,
    getTransaction: ledger.get,
    history: ledger.history,
    async redrive(eventId, actor) {
      const result = await store.enqueue(eventId, "redrive", actor);
      return result === "already_queued" ? "not_dead" : result;
    },
    redriveAll: (filter, actor) =>
      requeueAll(bulk, { why: "redrive", filter: { ...filter, status: "dead" }, ...limits, actor }),
    async replay(eventId, actor) {
      const result = await store.enqueue(eventId, "replay", actor);
      return result === "not_dead" ? "already_queued" : result;
    },
    replayAll: (filter, actor) => requeueAll(bulk, { why: "replay", filter, ...limits, actor }),
    listDestinations: async () => [],
    pauseDestination: async () => null,
    resumeDestination: async () => null,
    audit: parts.auditLog,
    rejections: parts.refusals,
    async stats(windowMs, stepMs) {
      return { now: await gaugesOf(items, parts.clock), ...parts.series.read(windowMs, stepMs) };
    },
  };
}

const sha256 = (text: string): string => hash("sha256", text, "hex");

export async function gaugesOf(
  items: Pick<EventItems, "countState" | "pendingSince" | "read">,
  clock: Clock,
): Promise<Gauges> {
  const [backlog, deadLetters, [oldest]] = await Promise.all([
    items.countState("waiting"),
    items.countState("dead"),
    items.pendingSince(clock.now(), 1),
  ]);
  const receivedAt = oldest === undefined ? undefined : (await items.read(oldest))?.record.event.receivedAt;
  const age = receivedAt === undefined ? 0 : Math.max(0, (clock.now() - Date.parse(receivedAt)) / 1000);
  return { backlog, oldestPendingSeconds: age, deadLetters };
}
