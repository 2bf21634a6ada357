import type { AuditRecord } from "../../ports/audit-log.ts";
import type { EventFilter, EventRecord, Page, PageRequest } from "../../ports/event-store.ts";
import type { HistoryEntry, TransactionFilter, TransactionRecord } from "../../ports/ledger.ts";
import type { Rejection } from "../../ports/metrics.ts";
import type { Gauges } from "../metrics.ts";
import type { SeriesCounts, SeriesPoint } from "../series.ts";

/**
 * Everything the admin API can ask for. The embedded inbox and the AWS deployment each give one of these; the API, the
 * console and the command line know nothing else. A rejection is a fault: `StoreError` becomes 503.
 *
 * What changes something is told who asked for it (`actor`, a token's name) and writes its audit record together with
 * the change.
 */
export interface AdminOperations {
  /** Newest receipt first. Dead letters are the events with status `dead`. */
  listEvents(filter: EventFilter, page: PageRequest): Promise<Page<EventRecord>>;
  /** Null when there is no such event. */
  getEvent(eventId: string): Promise<EventRecord | null>;
  /** The stored bytes, redacted; null when the event is unknown or its payload is gone. */
  payload(eventId: string): Promise<Uint8Array | null>;
  deleteEvent(eventId: string, actor: string): Promise<"deleted" | "in_progress" | "unknown_event">;

  /** Newest payment first. */
  listTransactions(filter: TransactionFilter, page: PageRequest): Promise<Page<TransactionRecord>>;
  getTransaction(transactionId: string): Promise<TransactionRecord | null>;
  /** In the order in which the events were applied. */
  history(transactionId: string): Promise<readonly HistoryEntry[]>;

  /** Has a dead event processed again. */
  redrive(eventId: string, actor: string): Promise<"queued" | "not_dead" | "unknown_event">;
  /** Has the dead events that match processed again, at most `BULK_LIMIT` of them in one call. */
  redriveAll(filter: BulkFilter, actor: string): Promise<BulkResult>;
  /** Has any event processed again, whatever became of it. */
  replay(eventId: string, actor: string): Promise<"queued" | "already_queued" | "unknown_event">;
  /** Has the events that match processed again, oldest first, at most `BULK_LIMIT` of them in one call. */
  replayAll(filter: BulkFilter, actor: string): Promise<BulkResult>;

  /** Every configured destination, by name. */
  listDestinations(): Promise<readonly Destination[]>;
  /** Null when none of that name is configured. Pausing what is paused changes nothing. */
  pauseDestination(name: string, actor: string): Promise<Destination | null>;
  resumeDestination(name: string, actor: string): Promise<Destination | null>;

  /** In order, after `seq`. */
  audit(after: number, limit: number): Promise<readonly AuditItem[]>;
  /** Newest first. */
  rejections(limit: number): Promise<readonly Rejection[]>;
  /** See `Series.read` for which steps a window can have. */
  stats(windowMs: number, stepMs: number): Promise<Stats>;
}

/**
 * An audit record as operators read it. On AWS the audit is a log and no chain: both hashes are null, and `seq` is the
 * time of writing in microseconds since 1970, of which the last three digits count the records of one millisecond.
 */
export interface AuditItem extends Omit<AuditRecord, "prevHash" | "hash"> {
  readonly prevHash: string | null;
  readonly hash: string | null;
  /** Names of the stored attributes that changed, where the audit knows them. */
  readonly changed?: readonly string[];
}

/** A configured destination and how it stands. Times are RFC 3339 UTC. */
export interface Destination {
  readonly name: string;
  /** Without user name, password, query and fragment. */
  readonly url: string;
  readonly format: "standard" | "original";
  /** Null for all. */
  readonly events: readonly string[] | null;
  readonly sources: readonly string[] | null;
  readonly pending: number;
  readonly oldestPendingAt: string | null;
  readonly paused: boolean;
  /** `open`: it failed many times in a row, and one request is tried now and then. `half_open`: that request runs. */
  readonly circuit: "closed" | "open" | "half_open";
  readonly lastDeliveredAt: string | null;
  /** Of the last request that failed. */
  readonly lastError: string | null;
  /** Requests, ever. */
  readonly delivered: number;
  readonly failed: number;
  /** Announcements that are no longer tried. */
  readonly abandoned: number;
}

export type BulkFilter = Omit<EventFilter, "status">;

export interface BulkResult {
  /** Event ids that are in the queue now because of this call. */
  readonly queued: readonly string[];
  /** Event ids that match and were in the queue before. */
  readonly alreadyQueued: readonly string[];
  /** Whether more events match than one call takes: call again. */
  readonly more: boolean;
}

/** Most events that one bulk call touches. */
export const BULK_LIMIT = 10_000;

export interface Stats {
  readonly now: Gauges;
  readonly totals: SeriesCounts;
  /** Oldest first. */
  readonly points: readonly SeriesPoint[];
}
