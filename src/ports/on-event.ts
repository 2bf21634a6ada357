import type { PaymentEvent } from "../domain/payment-event.ts";
import type { Transaction } from "../domain/transaction.ts";

/**
 * The function that a handler module exports under the name `onEvent`. Called in arrival order per payment; different
 * payments overlap. A throw, a rejection or running past the time limit is a failed attempt, and nothing is applied.
 * It runs before the inbox applies the event, so after a crash it can run again with the same `idempotencyKey`.
 * `event` is frozen and holds the canonical fields, not the provider's payload.
 */
export type OnEvent = (event: PaymentEvent, context: HandlerContext) => unknown;

export interface HandlerContext {
  /** Counts from 1. */
  readonly attempt: number;
  readonly eventId: string;
  /** The same for every try at this event, replays included. */
  readonly idempotencyKey: string;
  /** The payment as it stood before this event; undefined when this is its first event or it belongs to none. Frozen. */
  readonly transaction: Transaction | undefined;
  /** Aborted shortly before the time limit, and shortly before the inbox stops waiting for it at shutdown. */
  readonly signal: AbortSignal;
  readonly log: HandlerLog;
}

/** Writes to the inbox's log beside the event's id, formatted as `console.log` does. Long or many lines are cut. */
export interface HandlerLog {
  info(...parts: readonly unknown[]): void;
  warn(...parts: readonly unknown[]): void;
  error(...parts: readonly unknown[]): void;
}
