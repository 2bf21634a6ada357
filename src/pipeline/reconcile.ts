import type { Clock } from "../ports/clock.ts";
import type { Requeue } from "../ports/queue.ts";

export interface ReconcileParts {
  /** Ids of events received before `olderThan` (epoch milliseconds) that still wait to be processed, oldest first. */
  readonly pendingSince: (olderThan: number, limit: number) => Promise<readonly string[]>;
  /** Messages that the queue could hand out now, and those that are out. */
  readonly queued: () => Promise<{ readonly visible: number; readonly inFlight: number }>;
  readonly requeue: Requeue;
  readonly clock: Clock;
}

export interface Reconciled {
  /** Events put on the queue. */
  readonly repaired: number;
  /** Events left alone because the queue is behind and most likely holds them. */
  readonly left: number;
}

/** Whoever stored an event has sent its message, or has ended, by then; and its message has been processed. */
const SETTLED_MS = 60_000;
/** However far the queue is behind, a few of the events that wait longest are sent again after this time. */
const LONG_MS = 60 * 60_000;
const MOST = 1_000;
const FEW = 50;

/**
 * Puts events on the queue that were stored and never queued: a receiver that ended between the two, and whose provider
 * has not come again. While the queue has messages to hand out, an event that waits is most likely among them and is left
 * alone; while messages are out, so is a young one. What is sent twice after all does no harm: the queue knows it again
 * for five minutes, and after that it is applied once.
 */
export async function reconcile({ pendingSince, queued, requeue, clock }: ReconcileParts): Promise<Reconciled> {
  const now = clock.now();
  const { visible, inFlight } = await queued();
  const waiting = await pendingSince(visible + inFlight === 0 ? now + 1 : now - SETTLED_MS, MOST);
  const lost = visible > 0 && waiting.length > 0 ? await pendingSince(now - LONG_MS, FEW) : waiting;
  let repaired = 0;
  for (const eventId of lost) {
    if ((await requeue.enqueue(eventId, "repair", "reconciler")) === "queued") repaired++;
  }
  return { repaired, left: waiting.length - lost.length };
}
