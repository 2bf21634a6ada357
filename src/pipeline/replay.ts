import type { EventFilter, EventStore } from "../ports/event-store.ts";
import type { Requeue } from "../ports/queue.ts";

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
  },
): Promise<Requeued> {
  const matching: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await parts.events.list(request.filter, { limit: PAGE, ...(cursor ? { cursor } : {}) });
    matching.push(...page.items.map((item) => item.event.eventId));
    cursor = page.nextCursor;
  } while (cursor !== null);
  // Listed newest first; a payment's events go back in the order in which they came.
  const chosen = matching.reverse().slice(0, request.most);
  const results = await Promise.all(chosen.map((id) => parts.queue.enqueue(id, request.why, request.actor)));
  const having = (result: string) => chosen.filter((_, index) => results[index] === result);
  return {
    queued: having("queued"),
    alreadyQueued: having("already_queued"),
    more: matching.length > chosen.length,
  };
}
