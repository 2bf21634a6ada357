import { statusOf, type Transaction } from "../../../domain/transaction.ts";
import { probe } from "./keys.ts";
import type { LateIndex } from "./late-index.ts";
import type { Database } from "./sqlite-driver.ts";
import type { Unit } from "./unit.ts";

/** A payment's row: its state, and the number of the event that was settled last. */
export interface TransactionRow {
  readonly id: number;
  readonly transaction: Transaction;
  readonly lastSeq: number | null;
}

export interface TransactionRows {
  find(transactionId: string): TransactionRow | null;
  /** Writes the state; `known` is what `find` gave. */
  save(unit: Unit, known: TransactionRow | null, transaction: Transaction, lastSeq: number, at: number): void;
}

/** Payments by their id, for the writer. */
export function openTransactionRows(db: Database, keys: LateIndex): TransactionRows {
  const findRow = db.prepare("SELECT transaction_id, state, last_seq FROM transactions WHERE id = ?");
  const insertRow = db.prepare(
    "INSERT INTO transactions (id, transaction_id, provider, status, state, updated_at, last_seq) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const updateRow = db.prepare(
    "UPDATE transactions SET status = ?, state = ?, updated_at = ?, last_seq = ? WHERE id = ?",
  );
  const { id: newest } = db.prepare("SELECT max(id) AS id FROM transactions").get() as { id: number | null };
  let lastId = newest ?? 0;

  return {
    find: (transactionId) => probe(transactionId, (key) => lookUp(transactionId, key)).found,

    save(unit, known, transaction, lastSeq, at) {
      const status = statusOf(transaction);
      const state = JSON.stringify(transaction);
      if (known !== null) {
        updateRow.run(status, state, at, lastSeq, known.id);
        return;
      }
      const before = lastId;
      unit.onRollback(() => {
        lastId = before;
      });
      const id = ++lastId;
      const { key } = probe(transaction.transactionId, (candidate) => lookUp(transaction.transactionId, candidate));
      keys.add(unit, key, id);
      insertRow.run(id, transaction.transactionId, transaction.provider, status, state, at, lastSeq);
    },
  };

  function lookUp(transactionId: string, key: number): TransactionRow | "other" | null {
    const id = keys.get(key);
    if (id === null) return null;
    const row = findRow.get(id) as { transaction_id: string; state: string; last_seq: number | null };
    if (row.transaction_id !== transactionId) return "other";
    return { id, transaction: JSON.parse(row.state) as Transaction, lastSeq: row.last_seq };
  }
}
