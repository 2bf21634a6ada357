/** What happened to a payment, in one vocabulary for all providers. */
export const PAYMENT_EVENT_TYPES = [
  "payment.pending",
  "payment.processing",
  "payment.authorized",
  "payment.succeeded",
  "payment.failed",
  "payment.canceled",
  "payment.expired",
  "refund.pending",
  "refund.succeeded",
  "refund.failed",
  "dispute.opened",
  "dispute.won",
  "dispute.lost",
] as const;

export type PaymentEventType = (typeof PAYMENT_EVENT_TYPES)[number];

/** `other` is an authentic event that says nothing about a payment, refund or dispute: stored, never applied. */
export type EventType = PaymentEventType | "other";

export type EventKind = "payment" | "refund" | "dispute" | "other";

/** Why an authentic event cannot be true. It is stored and alerted, never applied. */
export type QuarantineReason = "negative_amount" | "invalid_amount" | "currency_changed" | "dated_in_the_future";

/**
 * What a provider's file makes of one verified delivery. Safe to carry as JSON.
 * Amounts are minor units as a decimal string (`"1999"` is 19.99 EUR), times RFC 3339 UTC with milliseconds.
 */
export interface NormalisedEvent {
  /** The provider's id of this event, the same for every copy of it: 1 to 255 characters, no control character. */
  readonly providerEventId: string;
  /** The provider's own name for what happened, for example `payment_intent.succeeded`. */
  readonly providerType: string;
  readonly type: EventType;
  /** The provider's id of the payment, or null when the event names none (it is then never applied). */
  readonly paymentId: string | null;
  /** When it happened by the provider's clock; the same in every copy. Null when the provider does not say. */
  readonly occurredAt: string | null;
  /** Of the payment, of this refund or of this dispute, after `type`. Null when the provider does not say. */
  readonly amountMinor: string | null;
  /** ISO 4217, upper case. */
  readonly currency: string | null;
  /**
   * The provider's id of the refund. A refund event without one carries in `amountMinor` the total refunded so far.
   */
  readonly refundId?: string;
  readonly disputeId?: string;
  readonly quarantine?: QuarantineReason;
}

/** One event as the inbox keeps it: what the provider said, and where and when it came in. */
export interface PaymentEvent extends Omit<NormalisedEvent, "paymentId"> {
  /** `{source}:{provider event id}` */
  readonly eventId: string;
  readonly source: string;
  readonly provider: string;
  readonly kind: EventKind;
  /** `{source}:{payment id}`; null when the event belongs to no payment. */
  readonly transactionId: string | null;
  readonly receivedAt: string;
}

export function kindOf(type: EventType): EventKind {
  return type === "other" ? "other" : (type.slice(0, type.indexOf(".")) as EventKind);
}

export function isPaymentEventType(type: string): type is PaymentEventType {
  return (PAYMENT_EVENT_TYPES as readonly string[]).includes(type);
}

/** How far ahead of the receipt an event may be dated before it is quarantined, in milliseconds. */
const FUTURE_TOLERANCE_MS = 5 * 60_000;

/** Gives a normalised event its place in this inbox. `receivedAt` is epoch milliseconds. */
export function placeEvent(
  normalised: NormalisedEvent,
  at: { readonly source: string; readonly provider: string; readonly receivedAt: number },
): PaymentEvent {
  const { providerEventId, paymentId, occurredAt, type, refundId, disputeId } = normalised;
  const { received, latest } = textTimes(at.receivedAt);
  // RFC 3339 in UTC with milliseconds sorts as text.
  const early = occurredAt !== null && occurredAt > latest ? "dated_in_the_future" : undefined;
  const quarantine = normalised.quarantine ?? early;
  return {
    eventId: `${at.source}:${providerEventId}`,
    source: at.source,
    provider: at.provider,
    providerEventId,
    providerType: normalised.providerType,
    type,
    kind: kindOf(type),
    transactionId: paymentId === null ? null : `${at.source}:${paymentId}`,
    receivedAt: received,
    occurredAt,
    amountMinor: normalised.amountMinor,
    currency: normalised.currency,
    ...(refundId === undefined ? {} : { refundId }),
    ...(disputeId === undefined ? {} : { disputeId }),
    ...(quarantine === undefined ? {} : { quarantine }),
  };
}

let last = { ms: Number.NaN, received: "", latest: "" };

/** Under load many events come within one millisecond; writing a time as text costs more than the rest of this file. */
function textTimes(ms: number): { readonly received: string; readonly latest: string } {
  if (last.ms !== ms) {
    last = {
      ms,
      received: new Date(ms).toISOString(),
      latest: new Date(ms + FUTURE_TOLERANCE_MS).toISOString(),
    };
  }
  return last;
}
