import type { DestinationStanding } from "../../../ports/announcer.ts";
import type { AuditRecord } from "../../../ports/audit-log.ts";
import type { EventFilter, EventRecord, Page, PageRequest } from "../../../ports/event-store.ts";
import type { HistoryEntry, TransactionFilter, TransactionRecord } from "../../../ports/ledger.ts";
import { seqOfEvent } from "./keys.ts";
import { type AuditHead, openAuditReader } from "./read-audit.ts";
import { readStandings } from "./read-destinations.ts";
import { openEventReader } from "./read-events.ts";
import { openTransactionReader } from "./read-transactions.ts";
import { asStoreError, type DriverName, openDatabase } from "./sqlite-driver.ts";

/** Everything that only looks. Safe beside a running writer, in this process or another. */
export interface Reader {
  getEvent(eventId: string): EventRecord | null;
  payload(eventId: string): Uint8Array | null;
  listEvents(filter: EventFilter, page: PageRequest): Page<EventRecord>;
  getTransaction(transactionId: string): TransactionRecord | null;
  history(transactionId: string): readonly HistoryEntry[];
  listTransactions(filter: TransactionFilter, page: PageRequest): Page<TransactionRecord>;
  audit(after: number, limit: number): readonly AuditRecord[];
  auditHead(): AuditHead | null;
  outboxPending(): Readonly<Record<string, number>>;
  standings(): readonly DestinationStanding[];
  backlog(): Backlog;
  close(): void;
}

/** What waits and what died, for metrics and the verdict line. */
export interface Backlog {
  readonly pending: number;
  /** Receipt of the oldest event that waits, RFC 3339 UTC. */
  readonly oldestReceivedAt: string | null;
  readonly deadLetters: number;
}

/** Opens a connection that cannot write. Throws a `StoreError`. */
export function openReader(path: string, driver?: DriverName): Reader {
  const db = openDatabase(path, "read", driver);
  try {
    db.exec("PRAGMA busy_timeout = 2000; PRAGMA cache_size = -16384; PRAGMA query_only = ON;");
    const findSeq = seqOfEvent(db);
    const events = openEventReader(db, findSeq);
    const transactions = openTransactionReader(db);
    const audit = openAuditReader(db);
    const pending = db.prepare(
      "SELECT destination, count(*) AS count FROM outbox WHERE abandoned_at IS NULL GROUP BY destination",
    );
    const backlog = db.prepare(
      `SELECT (SELECT count(*) FROM queue) AS pending, (SELECT count(*) FROM dead_letters) AS deadLetters,
         (SELECT received_at FROM events WHERE seq = (SELECT min(seq) FROM queue)) AS oldestReceivedAt`,
    );
    return {
      getEvent: events.get,
      payload: events.payload,
      listEvents: events.list,
      getTransaction: transactions.get,
      history: transactions.history,
      listTransactions: transactions.list,
      audit: audit.list,
      auditHead: audit.head,
      outboxPending: () =>
        Object.fromEntries(
          (pending.all() as { destination: string; count: number }[]).map((row) => [row.destination, row.count]),
        ),
      standings: () => readStandings(db),
      backlog: () => ({ ...(backlog.get() as Backlog) }),
      close: () => db.close(),
    };
  } catch (error) {
    db.close();
    throw asStoreError(error);
  }
}
