import { randomBytes } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { paymentEvent } from "../../../../test/support/payment-events.ts";
import type { PaymentEvent } from "../../../domain/payment-event.ts";
import { apply, type Transaction } from "../../../domain/transaction.ts";
import type { HistoryEntry } from "../../../ports/ledger.ts";
import type { Item } from "../calls/aws-calls.ts";
import { type LedgerRow, readRow, writeRow } from "./ledger-row.ts";

const TABLE = { table: "transactions", sortKey: null };

describe("the item of a transaction", () => {
  it("can be read without us", () => {
    const transactionId = "shop:pay";
    const row = rowAfter([
      paymentEvent("payment.succeeded", { transactionId, amountMinor: "123456789012345678901234" }),
      paymentEvent("refund.succeeded", { transactionId, refundId: "re", amountMinor: "5" }),
    ]);
    const { state, ...plain } = writeRow(TABLE, row);
    expect(plain).toEqual({
      transactionId: { S: transactionId },
      version: { N: "2" },
      provider: { S: "generic" },
      status: { S: "partially_refunded" },
      amount_minor: { N: "123456789012345678901234" },
      refunded_minor: { N: "5" },
      currency: { S: "EUR" },
      created_at: { S: row.createdAt },
      updated_at: { S: row.updatedAt },
      last_event_at: { S: "2026-01-02T03:04:00.000Z" },
    });
    expect(readRow({ ...plain, state: state as AttributeValue })).toEqual(row);
  });

  it("has no attribute for what is not known, and its place as a number where the table has a sort key", () => {
    const event = paymentEvent("payment.failed", { amountMinor: null, currency: null, occurredAt: null });
    const item = writeRow({ ...TABLE, sortKey: { name: "timestamp" } }, rowAfter([event]));
    expect(Object.keys(item).sort()).toEqual([
      "created_at",
      "provider",
      "refunded_minor",
      "state",
      "status",
      "timestamp",
      "transactionId",
      "updated_at",
      "version",
    ]);
    expect(item.timestamp).toEqual({ N: "0" });
  });

  it.each([
    ["stripe", "evt_3", 24, "pi_3", 23, "re_3", 23, "du_1", 23],
    ["paypal", "WH-", 35, "", 17, "", 17, "PP-R-", 11],
    ["square", "", 36, "", 33, "", 70, "", 33],
    ["adyen", "", 60, "", 16, "", 16, "", 16],
  ] as const)(
    "fits into one write unit for a payment of %s with two refunds and a dispute",
    (provider, event, eventLength, payment, paymentLength, refund, refundLength, dispute, disputeLength) => {
      const transactionId = `${provider}:${random(payment, paymentLength)}`;
      let seconds = Date.parse("2026-05-06T07:08:09.000Z");
      const of = (type: PaymentEvent["type"], over: Partial<PaymentEvent> = {}) => {
        seconds += 86_400_000 + Math.floor(Math.random() * 1e6) * 1000;
        return paymentEvent(type, {
          source: provider,
          provider,
          providerEventId: random(event, eventLength),
          transactionId,
          occurredAt: new Date(seconds).toISOString(),
          amountMinor: String(Math.floor(Math.random() * 1e6)),
          ...over,
        });
      };
      const row = rowAfter([
        of("payment.authorized"),
        of("payment.succeeded"),
        of("refund.succeeded", { refundId: random(refund, refundLength) }),
        of("refund.succeeded", { refundId: random(refund, refundLength) }),
        of("dispute.opened", { disputeId: random(dispute, disputeLength) }),
      ]);
      expect(sizeOf(writeRow(TABLE, row))).toBeLessThanOrEqual(1024);
    },
  );
});

function random(prefix: string, length: number): string {
  return prefix + randomBytes(80).toString("base64url").slice(0, length);
}

/** Bytes as DynamoDB counts them: names and values. Source: Amazon DynamoDB Developer Guide, "Item sizes and formats". */
function sizeOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => {
    const length =
      value.N === undefined ? Buffer.byteLength(value.S ?? value.B ?? "") : Math.ceil(value.N.length / 2) + 1;
    return sum + Buffer.byteLength(name) + length;
  }, 0);
}

function rowAfter(events: readonly PaymentEvent[]): LedgerRow {
  let transaction: Transaction | undefined;
  const history: HistoryEntry[] = [];
  for (const event of events) {
    const applied = apply(transaction, event);
    if (applied.kind === "quarantined") throw new Error("not in this test");
    const { eventId, type, occurredAt } = event;
    const { from, to, effect } = applied;
    const at = Date.parse(occurredAt ?? event.receivedAt) + Math.floor(Math.random() * 1e5);
    transaction = applied.transaction;
    history.push({ eventId, type, occurredAt, appliedAt: new Date(at).toISOString(), from, to, effect });
  }
  return {
    state: { transaction: transaction as Transaction, history },
    version: history.length,
    createdAt: history[0]?.appliedAt ?? "",
    updatedAt: history.at(-1)?.appliedAt ?? "",
  };
}
