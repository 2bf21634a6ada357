import { type EventType, kindOf, type PaymentEvent, type QuarantineReason } from "../../../domain/payment-event.ts";

/** The columns of `events` that make up a `PaymentEvent`, in the order of `EventValues`. */
export const EVENT_COLUMNS = `source, provider, provider_event_id, provider_type, type, transaction_id, received_at,
  occurred_at, amount_minor, currency, refund_id, dispute_id, quarantine`;

/** An event as flat values: cheaper to pass between threads and to bind than an object. */
export type EventValues = readonly [
  source: string,
  provider: string,
  providerEventId: string,
  providerType: string,
  type: string,
  transactionId: string | null,
  receivedAt: string,
  occurredAt: string | null,
  amountMinor: string | null,
  currency: string | null,
  refundId: string | null,
  disputeId: string | null,
  quarantine: string | null,
];

/** A row of `events` with at least `EVENT_COLUMNS`. */
export interface EventRow {
  readonly source: string;
  readonly provider: string;
  readonly provider_event_id: string;
  readonly provider_type: string;
  readonly type: string;
  readonly transaction_id: string | null;
  readonly received_at: string;
  readonly occurred_at: string | null;
  readonly amount_minor: string | null;
  readonly currency: string | null;
  readonly refund_id: string | null;
  readonly dispute_id: string | null;
  readonly quarantine: string | null;
}

export function eventValues(event: PaymentEvent): EventValues {
  return [
    event.source,
    event.provider,
    event.providerEventId,
    storable(event.providerType),
    event.type,
    storable(event.transactionId),
    event.receivedAt,
    event.occurredAt,
    event.amountMinor,
    event.currency,
    storable(event.refundId ?? null),
    storable(event.disputeId ?? null),
    event.quarantine ?? null,
  ];
}

/** Half of a surrogate pair has no UTF-8: each driver would make something else of it, and its digest would not fit. */
function storable<Text extends string | null>(text: Text): Text {
  return (text !== null && LONE_SURROGATE.test(text) ? text.replace(/\p{Cs}/gu, "\ufffd") : text) as Text;
}

const LONE_SURROGATE = /\p{Cs}/u;

export function rowValues(row: EventRow): EventValues {
  return [
    row.source,
    row.provider,
    row.provider_event_id,
    row.provider_type,
    row.type,
    row.transaction_id,
    row.received_at,
    row.occurred_at,
    row.amount_minor,
    row.currency,
    row.refund_id,
    row.dispute_id,
    row.quarantine,
  ];
}

export function eventOf(values: EventValues): PaymentEvent {
  const [source, provider, providerEventId, providerType, type, transactionId, receivedAt, occurredAt] = values;
  const [, , , , , , , , amountMinor, currency, refundId, disputeId, quarantine] = values;
  return {
    eventId: `${source}:${providerEventId}`,
    source,
    provider,
    providerEventId,
    providerType,
    type: type as EventType,
    kind: kindOf(type as EventType),
    transactionId,
    receivedAt,
    occurredAt,
    amountMinor,
    currency,
    ...(refundId === null ? {} : { refundId }),
    ...(disputeId === null ? {} : { disputeId }),
    ...(quarantine === null ? {} : { quarantine: quarantine as QuarantineReason }),
  };
}

export function readEvent(row: EventRow): PaymentEvent {
  return eventOf(rowValues(row));
}

export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
