import { amountMinor, refundedMinor, statusOf } from "../../domain/transaction.ts";
import type { HistoryEntry, TransactionRecord } from "../../ports/ledger.ts";

/** A transaction as the API shows it: what is known, and the status and sums that follow from it. */
export function transactionView({ transaction, updatedAt }: TransactionRecord) {
  return {
    transactionId: transaction.transactionId,
    provider: transaction.provider,
    status: statusOf(transaction),
    amountMinor: amountMinor(transaction)?.toString() ?? null,
    refundedMinor: refundedMinor(transaction).toString(),
    currency: transaction.currency,
    updatedAt,
    lastEventAt: transaction.lastEventAt,
  };
}

export function historyView(history: readonly HistoryEntry[]) {
  return history.map(({ eventId, type, occurredAt, appliedAt, from, to, effect }) => ({
    eventId,
    type,
    occurredAt,
    appliedAt,
    from,
    to,
    effect,
  }));
}
