import type { Attempt, EventStatus } from "../domain/event-state.ts";
import type { PaymentEvent } from "../domain/payment-event.ts";
import type { Effect, TransactionStatus } from "../domain/transaction.ts";

/** One authentic delivery, redacted, ready to be kept. */
export interface StorableDelivery {
  /** At least one; several when the provider sends batches. A rejection can mean that some are kept: they come again. */
  readonly events: readonly PaymentEvent[];
  /** Redacted body; the bytes as they arrived when there was nothing to redact. */
  readonly payload: Uint8Array;
  /** SHA-256 of the body as it arrived, lower-case hex. */
  readonly bodySha256: string;
  /** Length of the body as it arrived. */
  readonly bodyBytes: number;
  readonly redacted: boolean;
  /** See `Verification.boundTo`. */
  readonly boundTo?: string;
  /** Header names and values that operators may see: never a signature, a token or a cookie. */
  readonly headers: Readonly<Record<string, string>>;
}

export type StoreOutcome =
  | {
      readonly kind: "stored";
      /** In the order of `StorableDelivery.events`. */
      readonly copies: readonly StoredCopy[];
    }
  /** `boundTo` already names another body. Nothing was written. */
  | { readonly kind: "bound_to_another_body" };

export interface StoredCopy {
  readonly eventId: string;
  readonly duplicate: boolean;
  /** Whether the first copy bore the same bytes. */
  readonly sameBody: boolean;
}

/** An event with everything known of it, as operators see it. */
export interface EventRecord {
  readonly event: PaymentEvent;
  readonly status: EventStatus;
  readonly processedAt: string | null;
  /** When it was given up; null unless it is dead. */
  readonly deadAt: string | null;
  readonly effect: Effect | null;
  readonly statusFrom: TransactionStatus | null;
  readonly statusTo: TransactionStatus | null;
  /** Why it is quarantined or dead. */
  readonly reason: string | null;
  readonly attempts: readonly Attempt[];
  /** How many deliveries of this event came in, the first included. */
  readonly copies: number;
  readonly bodySha256: string;
  readonly bodyBytes: number;
  readonly redacted: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** False once retention removed the payload. */
  readonly hasPayload: boolean;
}

export interface EventFilter {
  readonly source?: string;
  readonly provider?: string;
  /** One of our types, a provider's type, or a prefix that ends in `*`. */
  readonly type?: string;
  readonly status?: EventStatus;
  readonly transactionId?: string;
  /** Receipt, RFC 3339; `from` inclusive, `to` exclusive. */
  readonly from?: string;
  readonly to?: string;
  /** Start of an event id, a provider event id, a transaction id or a payment id. */
  readonly q?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; null on the last page. */
  readonly nextCursor: string | null;
}

export interface PageRequest {
  readonly cursor?: string;
  /** 1 to 500. */
  readonly limit: number;
}

/**
 * Keeps events: once per id, durable and on their way to the processor before the promise resolves, copies of an event
 * that never got onto that way included. A rejection is a `StoreError` and means that not everything was done, or that
 * it cannot be known; the caller then answers 503 and the provider comes again.
 */
export interface EventStore {
  store(delivery: StorableDelivery): Promise<StoreOutcome>;
  /** Null when there is no such event. */
  get(eventId: string): Promise<EventRecord | null>;
  /** The stored payload, or null when the event is unknown or its payload is gone. */
  payload(eventId: string): Promise<Uint8Array | null>;
  /** Newest first. */
  list(filter: EventFilter, page: PageRequest): Promise<Page<EventRecord>>;
  /**
   * Takes an event away from operators' eyes, payload first. Its id stays known, so that a late copy is a duplicate, and
   * what it did to its transaction stays. An event that is still to be processed is not removed.
   */
  remove(eventId: string, actor: string): Promise<"removed" | "in_progress" | "unknown_event">;
  /** Resolves after a real durable write; rejects with a `StoreError`. */
  probe(): Promise<void>;
}
