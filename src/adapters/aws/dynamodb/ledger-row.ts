import { amountMinor, refundedMinor, statusOf } from "../../../domain/transaction.ts";
import type { Item } from "../calls/aws-calls.ts";
import { decodeState, encodeState, type LedgerState } from "./state-codec.ts";

/** The transactions table as the ledger uses it. */
export interface LedgerTable {
  readonly table: string;
  /**
   * A numeric sort key makes the table a journal: the state is at 0, and every applied event has a row at its time. Null
   * where one item per payment is all there is.
   */
  readonly sortKey: { readonly name: string } | null;
}

/** A payment's state as one item. Times are RFC 3339 UTC. */
export interface LedgerRow {
  readonly state: LedgerState;
  /** Counts the writes; the guard against two at once. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The key of the row at `position`: 0 for the state, otherwise of an event (epoch milliseconds). */
export function ledgerKey({ sortKey }: LedgerTable, transactionId: string, position = 0): Item {
  return {
    transactionId: { S: transactionId },
    ...(sortKey === null ? {} : { [sortKey.name]: { N: String(position) } }),
  };
}

/** The state row. What is plain can be read, filtered and exported without us; only `state` and `version` are read back. */
export function writeRow(table: LedgerTable, row: LedgerRow): Item {
  const { transaction } = row.state;
  const amount = amountMinor(transaction);
  return {
    ...ledgerKey(table, transaction.transactionId),
    version: { N: String(row.version) },
    state: { B: encodeState(row.state) },
    provider: { S: transaction.provider },
    status: { S: statusOf(transaction) },
    refunded_minor: { N: String(refundedMinor(transaction)) },
    created_at: { S: row.createdAt },
    updated_at: { S: row.updatedAt },
    ...(amount === null ? {} : { amount_minor: { N: String(amount) } }),
    ...(transaction.currency === null ? {} : { currency: { S: transaction.currency } }),
    ...(transaction.lastEventAt === null ? {} : { last_event_at: { S: transaction.lastEventAt } }),
  };
}

/** Throws a `StoreError` (`corrupt`) when the item holds no state. */
export function readRow(item: Item): LedgerRow {
  return {
    state: decodeState(item.state?.B),
    version: Number(item.version?.N),
    createdAt: item.created_at?.S ?? "",
    updatedAt: item.updated_at?.S ?? "",
  };
}
