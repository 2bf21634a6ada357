import type { EventType, QuarantineReason } from "../domain/payment-event.ts";
import type { Effect, Transaction, TransactionStatus } from "../domain/transaction.ts";
import type { Page, PageRequest } from "./event-store.ts";
import type { Claim } from "./queue.ts";

/** A claim whose handler has agreed (or that has none), to be applied. */
export interface Settlement {
  readonly claim: Claim;
  /** The attempt that the handler agreed in, as `Queue.begin` counted it; 0 when no handler was called. */
  readonly attempt: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Names of the destinations that want this event. */
  readonly destinations: readonly string[];
}

export type Settled =
  | SettledNow
  /** It had come to its end before, and nothing was done. */
  | { readonly kind: "known"; readonly eventId: string };

export type SettledNow =
  | {
      readonly kind: "processed";
      readonly eventId: string;
      readonly effect: Effect;
      readonly from: TransactionStatus | null;
      readonly to: TransactionStatus | null;
    }
  | { readonly kind: "quarantined"; readonly eventId: string; readonly reason: QuarantineReason };

export interface HistoryEntry {
  readonly eventId: string;
  readonly type: EventType;
  readonly occurredAt: string | null;
  readonly appliedAt: string;
  readonly from: TransactionStatus | null;
  readonly to: TransactionStatus | null;
  readonly effect: Effect;
}

export interface TransactionRecord {
  readonly transaction: Transaction;
  readonly updatedAt: string;
}

export interface TransactionFilter {
  readonly provider?: string;
  readonly source?: string;
  readonly status?: TransactionStatus;
  readonly q?: string;
  /** `updatedAt`, RFC 3339; `from` inclusive, `to` exclusive. */
  readonly from?: string;
  readonly to?: string;
}

/**
 * The money's state, one transaction per payment. Events are applied with `domain/transaction.ts` only.
 */
export interface Ledger {
  /**
   * Applies each event to its transaction, marks it processed (or quarantined) and puts its announcement into the
   * outbox. A crash at any point inside leaves either nothing or something that the event's redelivery completes.
   */
  settle(settlements: readonly Settlement[]): Promise<readonly Settled[]>;
  get(transactionId: string): Promise<TransactionRecord | null>;
  /** In the order in which the events were applied here. */
  history(transactionId: string): Promise<readonly HistoryEntry[]>;
  /** Newest payment first. */
  list(filter: TransactionFilter, page: PageRequest): Promise<Page<TransactionRecord>>;
}
