import { hash } from "node:crypto";
import type { EventValues } from "./event-row.ts";

/** What the digest covers beside the event itself. Headers are not: retention clears them. */
export interface DigestedBody {
  /** Of the body as it arrived, lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly redacted: boolean;
}

/** The two digests that the audit record of an event's receipt carries, 128 bits in hex each. */
export interface StoredDigests {
  readonly row: string;
  /** Of the stored payload; null when that is the body itself, whose SHA-256 the row names. */
  readonly payload: string | null;
}

/**
 * The outcome of `event.received`. It binds the event's row, and through it the payload, to the audit chain. On the path
 * of every webhook: about a microsecond, and a second digest only where something was redacted.
 */
export function storedOutcome(seq: number, event: EventValues, body: DigestedBody, payload: Uint8Array): string {
  const row = `stored sha256:${rowDigest(seq, event, body)}`;
  return body.redacted ? `${row} payload:${payloadDigest(payload)}` : row;
}

/** Null when the outcome holds no digests. */
export function readStoredOutcome(outcome: string): StoredDigests | null {
  const [, row, payload] = /^stored sha256:([0-9a-f]{32})(?: payload:([0-9a-f]{32}))?$/.exec(outcome) ?? [];
  return row === undefined ? null : { row, payload: payload ?? null };
}

export function payloadDigest(payload: Uint8Array): string {
  return short(hash("sha256", payload));
}

/** Each value with its length before it, so that no two rows give the same text. */
export function rowDigest(seq: number, event: EventValues, { sha256, bytes, redacted }: DigestedBody): string {
  let text = `${seq};${bytes};${redacted ? 1 : 0};${sha256};`;
  for (const value of event) text += value === null ? "-" : `${value.length}:${value}`;
  return short(hash("sha256", text));
}

function short(hex: string): string {
  return hex.slice(0, 32);
}
