import type { EventFilter, EventStore } from "../ports/event-store.ts";
import type { EnqueueResult, Requeue } from "../ports/queue.ts";

export interface Requeued {
  /** Event ids that are in the queue now because of this call. */
  readonly queued: readonly string[];
  /** Event ids that match and were in the queue before. */
  readonly alreadyQueued: readonly string[];
  /** Whether more events match than one call takes: call again. */
  readonly more: boolean;
}

const PAGE = 500;

/**
 * Puts the events that match back into the queue, oldest first, at most `most` of them. Safe to run again after it was
 * cut short: what is in the queue already is left there.
 */
export async function requeueAll(
  parts: { readonly events: EventStore; readonly queue: Requeue },
  request: {
    readonly why: "redrive" | "replay";
    readonly filter: EventFilter;
    readonly most: number;
    readonly actor: string;
    /** @default all of them */
    readonly paymentsAtOnce?: number;
  },
): Promise<Requeued> {
  const matching: Matching[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await parts.events.list(request.filter, { limit: PAGE, ...(cursor ? { cursor } : {}) });
    for (const { event } of page.items) matching.push({ eventId: event.eventId, payment: event.transactionId });
    cursor = page.nextCursor;
  } while (cursor !== null);
  // Listed newest first.
  const chosen = matching.reverse().slice(0, request.most);
  const results = new Map<string, EnqueueResult>();
  const payments = byPayment(chosen);
  const worker = async () => {
    for (let payment = payments.shift(); payment !== undefined; payment = payments.shift()) {
      // One after the other, so that they are in the queue in the order in which they came.
      for (const id of payment) results.set(id, await parts.queue.enqueue(id, request.why, request.actor));
    }
  };
  await Promise.all(Array.from({ length: Math.min(request.paymentsAtOnce ?? Infinity, payments.length) }, worker));
  const having = (wanted: EnqueueResult) =>
    chosen.map(({ eventId }) => eventId).filter((id) => results.get(id) === wanted);
  return {
    queued: having("queued"),
    alreadyQueued: having("already_queued"),
    more: matching.length > chosen.length,
  };
}

interface Matching {
  readonly eventId: string;
  readonly payment: string | null;
}

function byPayment(events: readonly Matching[]): string[][] {
  const payments = new Map<string, string[]>();
  for (const { eventId, payment } of events) {
    const key = payment ?? eventId;
    const known = payments.get(key);
    if (known === undefined) payments.set(key, [eventId]);
    else known.push(eventId);
  }
  return [...payments.values()];
}
