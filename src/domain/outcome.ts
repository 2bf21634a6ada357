import type { JsonRefusal } from "./json.ts";

/** Why a delivery was not believed. Shown to operators, never to the sender: every one is the same 401. */
export type ForgeryReason =
  | "missing_signature"
  | "repeated_signature"
  | "malformed_signature"
  | "wrong_signature"
  | "stale_timestamp"
  | "future_timestamp"
  | "missing_header"
  | "unknown_algorithm"
  | "untrusted_certificate"
  | "transmission_reused"
  | "wrong_account"
  | "no_secret";

/** Whether a delivery is authentic. */
export type Verification =
  | {
      readonly kind: "authentic";
      /** Which of the configured secrets matched, from 0. */
      readonly secretIndex: number;
      /** The provider's signing time in epoch milliseconds, where the scheme signs one. */
      readonly signedAt?: number;
      /**
       * An id that the scheme binds to one body more weakly than a digest would (PayPal's transmission id). The store
       * keeps the first body for ever; another body under the same id is a forgery.
       */
      readonly boundTo?: string;
    }
  | { readonly kind: "forged"; readonly reason: ForgeryReason; readonly signedAt?: number }
  | { readonly kind: "unverifiable"; readonly reason: "certificate_unreachable" | "secrets_unavailable" };

/** Why an authentic delivery cannot be kept as an event. */
export type MalformedReason = JsonRefusal | "no_event_id" | "schema";

/** Why nothing could be made durable now. */
export type UnavailableReason =
  | "certificate_unreachable"
  | "secrets_unavailable"
  | "store_unavailable"
  | "store_full"
  | "backlog_full";

/** What the provider is told, apart from the transport. */
export type ReceiveOutcome =
  | { readonly kind: "accepted"; readonly eventId: string; readonly duplicate: boolean; readonly reply: Reply | null }
  | { readonly kind: "forged"; readonly reason: ForgeryReason }
  | { readonly kind: "malformed"; readonly reason: MalformedReason; readonly detail?: string }
  | { readonly kind: "unavailable"; readonly reason: UnavailableReason };

/** A body that a provider needs instead of ours. */
export interface Reply {
  readonly contentType: string;
  readonly body: string;
}

/** What a provider's file makes of an authentic body. */
export type Normalisation =
  | { readonly kind: "events"; readonly events: readonly import("./payment-event.ts").NormalisedEvent[] }
  | { readonly kind: "malformed"; readonly reason: "no_event_id" | "schema"; readonly detail?: string };
