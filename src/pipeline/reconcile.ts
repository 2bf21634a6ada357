import type { Clock } from "../ports/clock.ts";
import type { Requeue } from "../ports/queue.ts";

export interface ReconcileParts {
  /** Ids of events received before `olderThan` (epoch milliseconds) that still wait to be processed, oldest first. */
  readonly pendingSince: (olderThan: number, limit: number) => Promise<readonly string[]>;
  /** Messages that the queue could hand out now. */
  readonly queued: () => Promise<number>;
  readonly requeue: Requeue;
  readonly clock: Clock;
}

export interface Reconciled {
  /** Events put on the queue. */
  readonly repaired: number;
  /** Events left alone because the queue is behind and most likely holds them. */
  readonly left: number;
}

/** A receiver has sent its message, or has ended, by then. */
const SETTLED_MS = 60_000;
/** However far the queue is behind, a few of the events that wait longest are sent again after this time. */
const LONG_MS = 60 * 60_000;
const MOST = 1_000;
const FEW = 50;

/**
 * Puts events on the queue that were stored and never queued: a receiver that ended between the two, and whose provider
 * has not come again. While the queue has messages to hand out, an event that waits is most likely among them and is left
 * alone. What is sent twice after all does no harm: it is applied once.
 */
export async function reconcile({ pendingSince, queued, requeue, clock }: ReconcileParts): Promise<Reconciled> {
  const now = clock.now();
  const waiting = await pendingSince(now - SETTLED_MS, MOST);
  const isBehind = waiting.length > 0 && (await queued()) > 0;
  const lost = isBehind ? await pendingSince(now - LONG_MS, FEW) : waiting;
  let repaired = 0;
  for (const eventId of lost) {
    if ((await requeue.enqueue(eventId, "repair", "reconciler")) === "queued") repaired++;
  }
  return { repaired, left: waiting.length - lost.length };
}
