import type { PaymentEvent } from "../../../domain/payment-event.ts";
import type { HistoryEntry } from "../../../ports/ledger.ts";
import { type DynamoDbCalls, type Item, isConditionFailure } from "../calls/aws-calls.ts";
import { type LedgerTable, ledgerKey } from "./ledger-row.ts";

/** One row per applied event beside the state, for tables with a sort key. */
export interface LedgerJournal {
  /**
   * Keeps the event's row, once, however often it is called: at the event's time in epoch milliseconds (its receipt where
   * the provider says none), or at the next number that is free where another event of the payment has that one.
   */
  keep(event: PaymentEvent, entry: HistoryEntry): Promise<void>;
}

export function openLedgerJournal(parts: LedgerTable & { readonly dynamo: DynamoDbCalls }): LedgerJournal {
  return {
    async keep(event, entry) {
      const { transactionId } = event;
      if (transactionId === null) return;
      // 0 is the state's place.
      let position = Math.max(1, Date.parse(event.occurredAt ?? event.receivedAt));
      while ((await keepAt(ledgerKey(parts, transactionId, position), event, entry)) === "taken") position++;
    },
  };

  async function keepAt(key: Item, event: PaymentEvent, entry: HistoryEntry): Promise<"kept" | "taken"> {
    try {
      await parts.dynamo("PutItem", {
        TableName: parts.table,
        Item: { ...key, ...attributesOf(event, entry) },
        ConditionExpression: "attribute_not_exists(transactionId)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      });
      return "kept";
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return error.Item?.event_id?.S === entry.eventId ? "kept" : "taken";
    }
  }
}

function attributesOf(event: PaymentEvent, entry: HistoryEntry): Item {
  const texts = {
    event_id: entry.eventId,
    type: entry.type,
    provider: event.provider,
    provider_type: event.providerType,
    effect: entry.effect,
    applied_at: entry.appliedAt,
    occurred_at: entry.occurredAt,
    status_from: entry.from,
    status_to: entry.to,
    currency: event.currency,
    refund_id: event.refundId,
    dispute_id: event.disputeId,
  };
  const item: Item = {};
  for (const [name, text] of Object.entries(texts)) if (text != null) item[name] = { S: text };
  if (event.amountMinor !== null) item.amount_minor = { N: event.amountMinor };
  return item;
}
