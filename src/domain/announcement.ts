import type { EventType, PaymentEvent } from "./payment-event.ts";
import type { Effect, TransactionStatus } from "./transaction.ts";

/** What destinations are told of one processed event. Never the payload. */
export interface Announcement {
  readonly type: EventType;
  /** When the event happened, by the provider; its receipt where the provider does not say. */
  readonly timestamp: string;
  readonly data: {
    readonly eventId: string;
    readonly source: string;
    readonly provider: string;
    readonly providerEventId: string;
    readonly providerType: string;
    readonly occurredAt: string | null;
    readonly receivedAt: string;
    readonly transactionId: string | null;
    readonly amountMinor: string | null;
    readonly currency: string | null;
    readonly status: TransactionStatus | null;
    readonly effect: Effect;
    readonly stale: boolean;
    /** Whose amount `amountMinor` is; absent when the provider named no refund or dispute. */
    readonly refundId?: string;
    readonly disputeId?: string;
    /** Present and true when an operator had the event processed again. */
    readonly replay?: true;
  };
}

export function announce(
  event: PaymentEvent,
  applied: { readonly effect: Effect; readonly status: TransactionStatus | null; readonly replay: boolean },
): Announcement {
  return {
    type: event.type,
    timestamp: event.occurredAt ?? event.receivedAt,
    data: {
      eventId: event.eventId,
      source: event.source,
      provider: event.provider,
      providerEventId: event.providerEventId,
      providerType: event.providerType,
      occurredAt: event.occurredAt,
      receivedAt: event.receivedAt,
      transactionId: event.transactionId,
      amountMinor: event.amountMinor,
      currency: event.currency,
      status: applied.status,
      effect: applied.effect,
      stale: applied.effect === "stale",
      ...(event.refundId === undefined ? {} : { refundId: event.refundId }),
      ...(event.disputeId === undefined ? {} : { disputeId: event.disputeId }),
      ...(applied.replay ? { replay: true as const } : {}),
    },
  };
}

/** Whether a filter such as `["payment.*", "refund.succeeded"]` names this type; no filter names all. */
export function wants(filter: readonly string[] | undefined, type: EventType): boolean {
  return (
    filter === undefined ||
    filter.some((pattern) => (pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : pattern === type))
  );
}
