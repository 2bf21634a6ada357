import type { Clock } from "../ports/clock.ts";

/** Something that has to be over within the time limit. */
export interface Timed {
  expire(): void;
}

/** One time limit shared by many short waits: a set and one sweep instead of a timer per request. */
export interface Deadlines {
  start(timed: Timed): void;
  stop(timed: Timed): void;
  /** Ends the sweep. Nothing expires any more. */
  close(): void;
}

/** `limitMs` is kept to within a quarter of itself or a quarter of a second, whichever is less. */
export function createDeadlines(clock: Pick<Clock, "monotonic">, limitMs: number): Deadlines {
  // A Map keeps the order of insertion and every limit is the same, so the first that is not due ends the sweep.
  const due = new Map<Timed, number>();
  const sweep = setInterval(
    () => {
      const now = clock.monotonic();
      for (const [timed, at] of due) {
        if (at > now) break;
        due.delete(timed);
        timed.expire();
      }
    },
    Math.max(5, Math.min(250, limitMs / 4)),
  );
  sweep.unref();

  return {
    start: (timed) => void due.set(timed, clock.monotonic() + limitMs),
    stop: (timed) => void due.delete(timed),
    close: () => clearInterval(sweep),
  };
}
