import type { ForgeryReason, MalformedReason, UnavailableReason } from "../domain/outcome.ts";
import type { Effect } from "../domain/transaction.ts";

/** One delivery that was not accepted: for operators, without payload. */
export interface Rejection {
  readonly at: string;
  readonly source: string;
  readonly requestId: string;
  /** HTTP status answered. */
  readonly status: number;
  /** The public error code. */
  readonly code: string;
  /** What exactly was wrong. */
  readonly reason:
    | ForgeryReason
    | MalformedReason
    | UnavailableReason
    | "unknown_source"
    | "method_not_allowed"
    | "body_too_large"
    | "content_encoding"
    | "slow_body"
    | "rate_limited"
    | "bad_request"
    | "headers_too_large"
    | "expectation_failed"
    | "internal";
  readonly remoteAddress: string | null;
  readonly bodyBytes: number | null;
}

/** What the pipeline reports about itself. Never throws, costs no I/O. */
export interface Metrics {
  received(source: string, result: "accepted" | "duplicate" | "forged" | "malformed" | "refused" | "unavailable"): void;
  /** Seconds from the request's first byte to the answer. */
  acknowledged(seconds: number): void;
  processed(effect: Effect | "quarantined" | "dead"): void;
  delivery(destination: string, outcome: "delivered" | "failed" | "abandoned"): void;
  storeError(): void;
  /** Provider's clock minus ours, seconds. */
  clockSkew(source: string, seconds: number): void;
  rejected(rejection: Rejection): void;
}
