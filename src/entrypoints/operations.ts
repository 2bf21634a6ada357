import { hash } from "node:crypto";
import type { FolderArchive } from "../adapters/embedded/archive/folder-archive.ts";
import type { EmbeddedStore } from "../adapters/embedded/sqlite/store.ts";
import type { StoreReading } from "../adapters/embedded/sqlite/store-reading.ts";
import type { DestinationConfig } from "../config/config.ts";
import { StoreError } from "../domain/errors.ts";
import { type AdminOperations, BULK_LIMIT } from "../http/admin/operations.ts";
import type { Gauges, InboxMetrics } from "../http/metrics.ts";
import { archiveKey } from "../pipeline/archive-record.ts";
import type { CircuitState } from "../pipeline/circuit.ts";
import { requeueAll } from "../pipeline/replay.ts";
import type { Alerts } from "../ports/alerts.ts";
import type { Clock } from "../ports/clock.ts";
import { describeDestinations } from "./describe-destinations.ts";

type Looking = Pick<
  AdminOperations,
  | "listEvents"
  | "getEvent"
  | "payload"
  | "listTransactions"
  | "getTransaction"
  | "history"
  | "listDestinations"
  | "audit"
  | "rejections"
  | "stats"
>;

interface LookingDeps {
  readonly metrics: InboxMetrics;
  readonly clock: Clock;
  readonly destinations: readonly DestinationConfig[];
  /** Null where this process tells no destination. */
  readonly circuit: (destination: string) => CircuitState | null;
}

/** What the admin API can ask of an inbox that runs, or of a data directory that this process holds. */
export function operationsOn(
  store: EmbeddedStore,
  deps: LookingDeps & { readonly alerts: Alerts; readonly archive: Pick<FolderArchive, "remove"> },
): AdminOperations {
  const { events, queue, outbox } = store;
  const look = looking(store, deps);
  const destination = async (name: string) => (await look.listDestinations()).find((one) => one.name === name) ?? null;
  return {
    ...look,
    async pauseDestination(name, actor) {
      if ((await destination(name)) === null) return null;
      await outbox.pause(name, actor);
      return destination(name);
    },
    async resumeDestination(name, actor) {
      if ((await destination(name)) === null) return null;
      await outbox.resume(name, actor);
      return destination(name);
    },
    async deleteEvent(eventId, actor) {
      const record = await events.get(eventId);
      // It may have been archived and redriven since. First of all, so that after a fault it can be deleted again.
      if (record !== null && record.status !== "received") await deps.archive.remove(archiveKey(record.event, sha256));
      const result = await events.remove(eventId, actor);
      if (result !== "removed") return result;
      deps.alerts.raise("event.deleted", eventId, `Deleted by ${actor}.`);
      return "deleted";
    },
    async redrive(eventId, actor) {
      const result = await queue.enqueue(eventId, "redrive", actor);
      return result === "already_queued" ? "not_dead" : result;
    },
    redriveAll: (filter, actor) =>
      requeueAll(store, { why: "redrive", filter: { ...filter, status: "dead" }, most: BULK_LIMIT, actor }),
    async replay(eventId, actor) {
      const result = await queue.enqueue(eventId, "replay", actor);
      return result === "not_dead" ? "already_queued" : result;
    },
    replayAll: (filter, actor) => requeueAll(store, { why: "replay", filter, most: BULK_LIMIT, actor }),
  };
}

const sha256 = (text: string): string => hash("sha256", text, "hex");

/** What can be asked of a data directory that another process may hold. */
export function operationsForReading(store: StoreReading, deps: LookingDeps): AdminOperations {
  const refuse = async (): Promise<never> => {
    throw new StoreError("locked", "The data directory is open for reading only.");
  };
  return {
    ...looking(store, deps),
    deleteEvent: refuse,
    redrive: refuse,
    redriveAll: refuse,
    replay: refuse,
    replayAll: refuse,
    pauseDestination: refuse,
    resumeDestination: refuse,
  };
}

export async function gaugesOf(store: Pick<EmbeddedStore, "backlog">, clock: Clock): Promise<Gauges> {
  const { pending, oldestReceivedAt, deadLetters } = await store.backlog();
  const age = oldestReceivedAt === null ? 0 : Math.max(0, (clock.now() - Date.parse(oldestReceivedAt)) / 1000);
  return { backlog: pending, oldestPendingSeconds: age, deadLetters };
}

function looking(store: StoreReading, { metrics, clock, destinations, circuit }: LookingDeps): Looking {
  const { events, ledger, audit, outbox } = store;
  return {
    listEvents: events.list,
    getEvent: events.get,
    payload: events.payload,
    listTransactions: ledger.list,
    getTransaction: ledger.get,
    history: ledger.history,
    listDestinations: async () => describeDestinations(destinations, await outbox.standings(), circuit),
    audit: audit.list,
    rejections: async (limit) => metrics.rejections.latest(limit),
    async stats(windowMs, stepMs) {
      return { now: await gaugesOf(store, clock), ...metrics.series.read(windowMs, stepMs) };
    },
  };
}
