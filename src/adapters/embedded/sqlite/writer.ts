import { StoreError } from "../../../domain/errors.ts";
import type { Transaction } from "../../../domain/transaction.ts";
import type { OutboxItem } from "../../../ports/announcer.ts";
import type { AuditEntry } from "../../../ports/audit-log.ts";
import type { EnqueueResult, Failure } from "../../../ports/queue.ts";
import type { Expired, RetentionCutoff } from "../../../ports/retention.ts";
import { openAuditChain } from "./audit-chain.ts";
import { openEventKeys, openTransactionKeys, seqOfEvent } from "./keys.ts";
import { migrate } from "./migrate.ts";
import { asStoreError, type Database, type DriverName, openDatabase } from "./sqlite-driver.ts";
import { openTransactionRows } from "./transaction-rows.ts";
import { Unit } from "./unit.ts";
import type { ClaimRow, DeliveryRow, SettledRow, SettlementRow, StoredRow } from "./wire.ts";
import { openDeliveryWriter } from "./write-delivery.ts";
import { openDestinationWriter } from "./write-destinations.ts";
import { openOutboxWriter } from "./write-outbox.ts";
import { openQueueWriter } from "./write-queue.ts";
import { openRetentionWriter } from "./write-retention.ts";
import { openSettlementWriter } from "./write-settlement.ts";

/** Everything that changes the store. Each takes part in a transaction that may hold others of its kind. */
export interface WriterCalls {
  store(delivery: DeliveryRow, payload: Uint8Array, at: number): StoredRow;
  claim(limit: number, mode: "exclusive" | "batch"): readonly ClaimRow[];
  begin(seq: number, startedAt: number): { attempt: number; transaction: Transaction | undefined };
  retry(seq: number, failure: Failure, delayMs: number): void;
  giveUp(seq: number, failure: Failure): void;
  settle(settlements: readonly SettlementRow[], at: number): readonly SettledRow[];
  enqueue(eventId: string, why: "redrive" | "replay" | "repair", actor: string, at: number): EnqueueResult;
  remove(eventId: string, actor: string, at: number): "removed" | "in_progress" | "unknown_event";
  /** Dead letters that the archive does not hold yet, oldest first. */
  unarchived(limit: number): readonly string[];
  archived(eventId: string, key: string, at: number): void;
  expire(cutoff: RetentionCutoff, limit: number, at: number): Expired;
  due(destination: string, limit: number): readonly OutboxItem[];
  delivered(item: OutboxItem, at: number): void;
  postpone(item: OutboxItem, failure: string, delayMs: number, at: number): void;
  abandon(item: OutboxItem, failure: string, at: number): void;
  pauseDestination(destination: string, actor: string, at: number): void;
  resumeDestination(destination: string, actor: string, at: number): void;
  audit(entry: AuditEntry, at: number): void;
  probe(at: number): void;
}

export type WriterCall = {
  [Name in keyof WriterCalls]: { readonly name: Name; readonly args: Parameters<WriterCalls[Name]> };
}[keyof WriterCalls];

export interface Refusal {
  readonly fault: StoreError["fault"] | "bug";
  readonly message: string;
}

/** Values in the order of the calls, or why none of them took effect. */
export type WriterReply = { readonly values: readonly unknown[] } | Refusal;

export interface Writer {
  /**
   * Runs the calls in one transaction, synced before it returns. One reply for all of them; one for each when a call
   * failed for a reason of its own. Never throws.
   */
  execute(calls: readonly WriterCall[]): readonly WriterReply[];
  /** Writes what was put off. For moments when nothing else is to do. */
  catchUp(): void;
  /** Folds the log into the database file and empties it, so that nothing deleted is left there. `locked` while another process reads. */
  purge(): WriterReply;
  depth(): number;
  close(): void;
}

export interface WriterNotices {
  /** There may be something to claim. */
  queue(): void;
  outbox(): void;
}

const BUSY_TIMEOUT_MS = 2000;
// Once somebody has waited that long for a locked store, those behind do not each wait as long again: a delivery has to
// be refused before its sender gives up.
const STILL_LOCKED_MS = 100;

/** Opens the one connection that writes. Throws a `StoreError`. */
export function openWriter(path: string, notices: WriterNotices, driver?: DriverName): Writer {
  const db = openDatabase(path, "write", driver);
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -65536;
      PRAGMA secure_delete = ON; PRAGMA foreign_keys = OFF;`);
    migrate(db);
    return assemble(db, notices);
  } catch (error) {
    db.close();
    throw asStoreError(error);
  }
}

function assemble(db: Database, notices: WriterNotices): Writer {
  const audit = openAuditChain(db);
  const keys = { events: openEventKeys(db), transactions: openTransactionKeys(db) };
  const transactions = openTransactionRows(db, keys.transactions);
  const queue = openQueueWriter(db, audit, transactions, notices.queue);
  const destinations = openDestinationWriter(db, audit, notices.outbox);
  const outbox = openOutboxWriter(db, destinations, notices.outbox);
  const settlement = openSettlementWriter(db, { audit, transactions, queue, outbox });
  const deliveries = openDeliveryWriter(db, keys.events, audit, (count) => {
    queue.grow(count);
    notices.queue();
  });
  const findSeq = seqOfEvent(db);
  const retention = openRetentionWriter(db, audit);
  let busyTimeoutMs = BUSY_TIMEOUT_MS;
  const insertProbe = db.prepare("INSERT OR REPLACE INTO probes (id, at) VALUES (1, ?)");

  const calls: {
    [Name in keyof WriterCalls]: (unit: Unit, ...args: Parameters<WriterCalls[Name]>) => ReturnType<WriterCalls[Name]>;
  } = {
    store: deliveries.store,
    claim: (_unit, limit, mode) => queue.claim(limit, mode),
    begin: (_unit, seq, startedAt) => queue.begin(seq, startedAt),
    retry: (unit, seq, failure, delayMs) => queue.retry(unit, seq, failure, delayMs),
    giveUp: (unit, seq, failure) => queue.giveUp(unit, seq, failure),
    settle: (unit, settlements, at) => settlements.map((one) => settlement.settle(unit, one, at)),
    enqueue: (unit, eventId, why, actor, at) => {
      const seq = findSeq(eventId);
      if (seq === null || retention.isRemoved(seq)) return "unknown_event";
      return queue.enqueue(unit, seq, why, actor, at);
    },
    remove: (unit, eventId, actor, at) => {
      const seq = findSeq(eventId);
      return seq === null ? "unknown_event" : retention.remove(unit, seq, eventId, actor, at);
    },
    unarchived: (_unit, limit) => retention.unarchived(limit),
    archived: (unit, eventId, key, at) => {
      const seq = findSeq(eventId);
      if (seq !== null) retention.archived(unit, seq, eventId, key, at);
    },
    expire: (unit, cutoff, limit, at) => retention.expire(unit, cutoff, limit, at),
    due: (_unit, destination, limit) => outbox.due(destination, limit),
    delivered: (unit, item, at) => outbox.delivered(unit, item, at),
    postpone: (unit, item, failure, delayMs, at) => outbox.postpone(unit, item, failure, delayMs, at),
    abandon: (unit, item, failure, at) => outbox.abandon(unit, item, failure, at),
    pauseDestination: destinations.pause,
    resumeDestination: destinations.resume,
    audit: (unit, entry, at) => audit.append(unit, at, entry),
    probe: (_unit, at) => void insertProbe.run(at),
  };

  return {
    execute(batch) {
      const replies = transact(batch, "writeSome");
      const [first] = replies;
      // A fault of one call's own must not take the others with it: each then runs alone.
      const alone = first !== undefined && "fault" in first && first.fault === "bug" && batch.length > 1;
      return alone && replies.length === 1 ? batch.flatMap((call) => transact([call], "writeSome")) : replies;
    },
    catchUp() {
      if (keys.events.waiting() + keys.transactions.waiting() > 0) transact([], "writeAll");
    },
    purge() {
      try {
        // Not long: acknowledgements wait meanwhile, and whoever reads the log may take its time.
        db.exec("PRAGMA busy_timeout = 50");
        const { busy } = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number };
        if (busy !== 0)
          throw new StoreError("locked", "Another process is reading the store, so its log cannot be emptied.");
        return { values: [undefined] };
      } catch (error) {
        return refusal(error);
      } finally {
        db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
      }
    },
    depth: queue.depth,
    close() {
      this.catchUp();
      queue.close();
      outbox.close();
      db.close();
    },
  };

  /** One reply for all calls, or one for each when handing out failed after the rest was durable. */
  function transact(batch: readonly WriterCall[], indexes: "writeSome" | "writeAll"): readonly WriterReply[] {
    const unit = new Unit();
    let values: unknown[];
    try {
      db.exec("BEGIN IMMEDIATE");
      values = batch.map((call) => (handsOut(call) ? undefined : run(unit, call)));
      keys.events[indexes](unit);
      keys.transactions[indexes](unit);
      db.exec("COMMIT");
      unit.committed();
      waitFor(BUSY_TIMEOUT_MS);
    } catch (thrown) {
      try {
        db.exec("ROLLBACK");
      } catch {
        // SQLite has rolled back by itself.
      }
      unit.rolledBack();
      const refused = refusal(thrown);
      waitFor(refused.fault === "locked" ? STILL_LOCKED_MS : BUSY_TIMEOUT_MS);
      return [refused];
    }
    if (!batch.some(handsOut)) return [{ values }];
    // Only now, so that nothing is handed out that a rollback could take back.
    return batch.map((call, index): WriterReply => {
      if (!handsOut(call)) return { values: [values[index]] };
      try {
        return { values: [run(unit, call)] };
      } catch (thrown) {
        return refusal(thrown);
      }
    });
  }

  function run(unit: Unit, { name, args }: WriterCall): unknown {
    return (calls[name] as (unit: Unit, ...args: unknown[]) => unknown)(unit, ...args);
  }

  function waitFor(ms: number): void {
    if (ms === busyTimeoutMs) return;
    db.exec(`PRAGMA busy_timeout = ${ms}`);
    busyTimeoutMs = ms;
  }
}

/** Calls that write nothing and hand rows out: what they give is remembered here, not in the database. */
function handsOut({ name }: WriterCall): boolean {
  return name === "claim" || name === "due";
}

export function refusal(thrown: unknown): Refusal {
  const error = asStoreError(thrown);
  return error instanceof StoreError
    ? { fault: error.fault, message: error.message }
    : { fault: "bug", message: String((error as Error)?.stack ?? error) };
}
