import type { ReceiveOutcome, Reply } from "../domain/outcome.ts";
import type { Rejection } from "../ports/metrics.ts";

/** Everything that keeps a request from being acknowledged. */
export type RefusalReason = Rejection["reason"];

/**
 * The public error codes, the `error` of `{"error":"<code>","requestId":"…"}`:
 *
 * - 400 `bad_request` (HTTP itself is broken), `invalid_utf8`, `invalid_json`, `duplicate_key`, `too_deep`,
 *   `no_event_id`, `invalid_event` (authentic, but it cannot be kept)
 * - 401 `bad_signature`, whatever was wrong with it
 * - 404 `not_found`, 405 `method_not_allowed`, 408 `request_timeout`, 413 `body_too_large`,
 *   415 `unsupported_encoding`, 417 `expectation_failed`, 429 `rate_limited`, 431 `headers_too_large`
 * - 500 `internal`
 * - 503 `verification_unavailable` (authenticity cannot be judged now), `store_unavailable` (nothing can be kept now)
 */
export interface Answer {
  readonly status: number;
  readonly code: string;
  /** Seconds, for `Retry-After`. */
  readonly retryAfter?: number;
}

/** The one place that says what the sender of a refused request is told. */
export function answerTo(reason: RefusalReason): Answer {
  return ANSWERS[reason];
}

/** The body of a 200: the provider's own, or ours. */
export function acknowledgement(outcome: Extract<ReceiveOutcome, { readonly kind: "accepted" }>): Reply {
  return (
    outcome.reply ?? {
      contentType: JSON_TYPE,
      body: `{"received":true,"eventId":${JSON.stringify(outcome.eventId)},"duplicate":${outcome.duplicate}}`,
    }
  );
}

/** The body of every other answer. Holds nothing of the input. */
export function errorBody(code: string, requestId: string): string {
  return `{"error":"${code}","requestId":"${requestId}"}`;
}

export const JSON_TYPE = "application/json";

const FORGED: Answer = { status: 401, code: "bad_signature" };
const UNVERIFIABLE: Answer = { status: 503, code: "verification_unavailable", retryAfter: 30 };
const NOT_STORED: Answer = { status: 503, code: "store_unavailable", retryAfter: 10 };

const ANSWERS: { readonly [R in RefusalReason]: Answer } = {
  missing_signature: FORGED,
  repeated_signature: FORGED,
  malformed_signature: FORGED,
  wrong_signature: FORGED,
  stale_timestamp: FORGED,
  future_timestamp: FORGED,
  missing_header: FORGED,
  unknown_algorithm: FORGED,
  untrusted_certificate: FORGED,
  transmission_reused: FORGED,
  wrong_account: FORGED,
  no_secret: FORGED,

  invalid_utf8: { status: 400, code: "invalid_utf8" },
  invalid_json: { status: 400, code: "invalid_json" },
  duplicate_key: { status: 400, code: "duplicate_key" },
  too_deep: { status: 400, code: "too_deep" },
  no_event_id: { status: 400, code: "no_event_id" },
  schema: { status: 400, code: "invalid_event" },

  certificate_unreachable: UNVERIFIABLE,
  secrets_unavailable: UNVERIFIABLE,
  store_unavailable: NOT_STORED,
  store_full: NOT_STORED,
  backlog_full: NOT_STORED,
  internal: { status: 500, code: "internal" },

  bad_request: { status: 400, code: "bad_request" },
  unknown_source: { status: 404, code: "not_found" },
  method_not_allowed: { status: 405, code: "method_not_allowed" },
  slow_body: { status: 408, code: "request_timeout" },
  body_too_large: { status: 413, code: "body_too_large" },
  content_encoding: { status: 415, code: "unsupported_encoding" },
  expectation_failed: { status: 417, code: "expectation_failed" },
  rate_limited: { status: 429, code: "rate_limited" },
  headers_too_large: { status: 431, code: "headers_too_large" },
};
