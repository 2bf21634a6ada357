import { type EventType, kindOf, type PaymentEvent, type QuarantineReason } from "../../../domain/payment-event.ts";
import type { SqlValue } from "./sqlite-driver.ts";

/** The columns of `events` that make up a `PaymentEvent`. */
export interface EventRow {
  readonly seq: number;
  readonly source: string;
  readonly provider: string;
  readonly provider_event_id: string;
  readonly provider_type: string;
  readonly type: string;
  readonly transaction_id: string | null;
  readonly received_at: number;
  readonly occurred_at: number | null;
  readonly amount_minor: string | null;
  readonly currency: string | null;
  readonly refund_id: string | null;
  readonly dispute_id: string | null;
  readonly quarantine: string | null;
}

export const EVENT_COLUMNS = `seq, source, provider, provider_event_id, provider_type, type, transaction_id, received_at,
  occurred_at, amount_minor, currency, refund_id, dispute_id, quarantine`;

/** Values in the order of `EVENT_COLUMNS`. */
export function eventValues(seq: number, event: PaymentEvent): SqlValue[] {
  return [
    seq,
    event.source,
    event.provider,
    event.providerEventId,
    event.providerType,
    event.type,
    event.transactionId,
    Date.parse(event.receivedAt),
    event.occurredAt === null ? null : Date.parse(event.occurredAt),
    event.amountMinor,
    event.currency,
    event.refundId ?? null,
    event.disputeId ?? null,
    event.quarantine ?? null,
  ];
}

export function readEvent(row: EventRow): PaymentEvent {
  const type = row.type as EventType;
  return {
    eventId: `${row.source}:${row.provider_event_id}`,
    source: row.source,
    provider: row.provider,
    providerEventId: row.provider_event_id,
    providerType: row.provider_type,
    type,
    kind: kindOf(type),
    transactionId: row.transaction_id,
    receivedAt: isoTime(row.received_at),
    occurredAt: row.occurred_at === null ? null : isoTime(row.occurred_at),
    amountMinor: row.amount_minor,
    currency: row.currency,
    ...(row.refund_id === null ? {} : { refundId: row.refund_id }),
    ...(row.dispute_id === null ? {} : { disputeId: row.dispute_id }),
    ...(row.quarantine === null ? {} : { quarantine: row.quarantine as QuarantineReason }),
  };
}

export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
