import type { PaymentEvent } from "../domain/payment-event.ts";
import type { Transaction } from "../domain/transaction.ts";

/** An event handed out for processing. Its payment's other events wait until it is settled, retried or given up. */
export interface Claim {
  readonly event: PaymentEvent;
  /** Tries counted so far, 0 before the first. */
  readonly attempts: number;
  /** True when an operator asked for it again. */
  readonly replay: boolean;
  /** The adapter's own handle. */
  readonly receipt: number | string;
}

/** What becomes of a claim that is not settled. */
export interface Attempts {
  /** Counts an attempt, durably. Null when the event has come to its end meanwhile: it is left alone. */
  begin(claim: Claim, startedAt: number): Promise<Begun | null>;
  /** The attempt failed. The event comes back after `delayMs`; its payment waits, others do not. */
  retry(claim: Claim, failure: Failure, delayMs: number): Promise<void>;
  /** No more attempts: the event is dead and its payment goes on with the next. */
  giveUp(claim: Claim, failure: Failure): Promise<void>;
}

export interface Begun {
  /** Counts from 1, anew when the event was redriven or replayed. */
  readonly attempt: number;
  /** As it stands, for the handler. */
  readonly transaction: Transaction | undefined;
}

export interface Requeue {
  /**
   * Back into the queue, under the same id. `redrive` takes dead events only, `replay` any; `repair` is for events that
   * were stored and never queued.
   */
  enqueue(
    eventId: string,
    why: "redrive" | "replay" | "repair",
    /** Who asked, for the audit. */
    actor: string,
  ): Promise<EnqueueResult>;
}

/** A queue that is asked for its events. Where they are pushed (AWS), only `Attempts` and `Requeue` are needed. */
export interface Queue extends Attempts, Requeue {
  /**
   * Up to `limit` events that may run now, in arrival order per payment.
   * `exclusive`: at most one event per payment, and none while another of that payment is out. Otherwise several
   * events of one payment may be in the batch, in order, to be settled in that order in one go.
   */
  claim(limit: number, mode: "exclusive" | "batch"): Promise<readonly Claim[]>;
  /** Events not processed yet, as last known; cheap. */
  depth(): number;
  /** Calls back when there may be something to claim. Returns the function that stops it. */
  onReady(listener: () => void): () => void;
}

export interface Failure {
  /** For operators: one line without payload. */
  readonly error: string;
  /** Epoch milliseconds. */
  readonly endedAt: number;
}

export type EnqueueResult = "queued" | "already_queued" | "not_dead" | "unknown_event";
