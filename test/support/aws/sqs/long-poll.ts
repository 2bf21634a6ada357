import type { EventEmitter } from "node:events";

/** An injected clock says nothing when it moves on, so a waiting poll looks again this often. */
const TICK_MS = 25;

/**
 * Tries at once, then with every change, until something is there, the time (of the real clock) is over or the signal
 * says that nobody waits any more. Source: SQS developer guide, "Short and long polling".
 */
export async function longPoll<Found>(poll: {
  readonly attempt: () => readonly Found[];
  readonly waitMs: number;
  readonly changes: EventEmitter;
  readonly signal: AbortSignal;
}): Promise<readonly Found[]> {
  const end = Date.now() + poll.waitMs;
  for (;;) {
    if (poll.signal.aborted) return [];
    const found = poll.attempt();
    const left = end - Date.now();
    if (found.length > 0 || left <= 0) return found;
    await nextChance(poll.changes, poll.signal, Math.min(left, TICK_MS));
  }
}

function nextChance(changes: EventEmitter, signal: AbortSignal, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(go, waitMs);
    changes.once("change", go);
    signal.addEventListener("abort", go);
    function go() {
      clearTimeout(timer);
      changes.off("change", go);
      signal.removeEventListener("abort", go);
      resolve();
    }
  });
}
