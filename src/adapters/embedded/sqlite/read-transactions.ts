import type { EventType } from "../../../domain/payment-event.ts";
import type { Effect, Transaction, TransactionStatus } from "../../../domain/transaction.ts";
import type { Page, PageRequest } from "../../../ports/event-store.ts";
import type { HistoryEntry, TransactionFilter, TransactionRecord } from "../../../ports/ledger.ts";
import { isoTime } from "./event-row.ts";
import { idOfTransaction } from "./keys.ts";
import type { Database, SqlValue } from "./sqlite-driver.ts";

interface TransactionRow {
  readonly id: number;
  readonly transaction_id: string;
  readonly state: string;
  readonly updated_at: number;
  readonly last_seq: number | null;
}

interface HistoryRow {
  readonly source: string;
  readonly provider_event_id: string;
  readonly type: EventType;
  readonly occurred_at: string | null;
  readonly ended_at: number;
  readonly status_from: TransactionStatus | null;
  readonly status_to: TransactionStatus | null;
  readonly effect: Effect;
}

export interface TransactionReader {
  get(transactionId: string): TransactionRecord | null;
  history(transactionId: string): readonly HistoryEntry[];
  list(filter: TransactionFilter, page: PageRequest): Page<TransactionRecord>;
}

const SELECT = "SELECT id, transaction_id, state, updated_at, last_seq FROM transactions";

export function openTransactionReader(db: Database): TransactionReader {
  const findId = idOfTransaction(db);
  const findRow = db.prepare(`${SELECT} WHERE id = ?`);
  // Each outcome names the one before it of the same payment, so the history needs no index.
  const chain = db.prepare(
    `WITH RECURSIVE chain (seq, n) AS (
       SELECT ?, 0 UNION ALL
       SELECT o.previous, n + 1 FROM chain JOIN outcomes o ON o.seq = chain.seq WHERE o.previous IS NOT NULL
     )
     SELECT e.source, e.provider_event_id, e.type, e.occurred_at, o.ended_at, o.status_from, o.status_to, o.effect
     FROM chain JOIN outcomes o ON o.seq = chain.seq JOIN events e ON e.seq = chain.seq
     WHERE o.status = 'processed' ORDER BY n DESC`,
  );

  return {
    get(transactionId) {
      const row = find(transactionId);
      return row === null ? null : readRecord(row);
    },
    history(transactionId) {
      const last = find(transactionId)?.last_seq ?? null;
      return last === null ? [] : (chain.all(last) as HistoryRow[]).map(readHistory);
    },
    list(filter, { cursor, limit }) {
      const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
      const { where, values } = conditions(filter);
      const rows = db
        .prepare(`${SELECT} WHERE id < ?${where} ORDER BY id DESC LIMIT ?`)
        .all(before, ...values, limit + 1) as TransactionRow[];
      const items = rows.slice(0, limit);
      return { items: items.map(readRecord), nextCursor: rows.length > limit ? String(items.at(-1)?.id) : null };
    },
  };

  function find(transactionId: string): TransactionRow | null {
    const id = findId(transactionId);
    return id === null ? null : (findRow.get(id) as TransactionRow);
  }
}

function conditions(filter: TransactionFilter): { where: string; values: SqlValue[] } {
  const terms: [sql: string, ...values: SqlValue[]][] = [];
  if (filter.provider !== undefined) terms.push(["provider = ?", filter.provider]);
  if (filter.source !== undefined) {
    terms.push(["substr(transaction_id, 1, ?) = ?", filter.source.length + 1, `${filter.source}:`]);
  }
  if (filter.status !== undefined) terms.push(["status = ?", filter.status]);
  if (filter.from !== undefined) terms.push(["updated_at >= ?", Date.parse(filter.from)]);
  if (filter.to !== undefined) terms.push(["updated_at < ?", Date.parse(filter.to)]);
  if (filter.q !== undefined) {
    const length = [...filter.q].length;
    terms.push([
      "(substr(transaction_id, 1, ?) = ? OR substr(transaction_id, instr(transaction_id, ':') + 1, ?) = ?)",
      ...[length, filter.q, length, filter.q],
    ]);
  }
  return {
    where: terms.map(([sql]) => ` AND ${sql}`).join(""),
    values: terms.flatMap(([, ...values]) => values),
  };
}

function readRecord(row: TransactionRow): TransactionRecord {
  return { transaction: JSON.parse(row.state) as Transaction, updatedAt: isoTime(row.updated_at) };
}

function readHistory(row: HistoryRow): HistoryEntry {
  return {
    eventId: `${row.source}:${row.provider_event_id}`,
    type: row.type,
    occurredAt: row.occurred_at,
    appliedAt: isoTime(row.ended_at),
    from: row.status_from,
    to: row.status_to,
    effect: row.effect,
  };
}
