/** Where an event stands: `received` until it was applied, then one of the three ends. */
export type EventStatus = "received" | "processed" | "quarantined" | "dead";

/** One try at an event. Counted in the store before the handler runs. Times are RFC 3339 UTC. */
export interface Attempt {
  /** Counts from 1. */
  readonly n: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Null while it runs; `interrupted` when the process ended before the attempt did. */
  readonly outcome: "succeeded" | "failed" | "interrupted" | null;
  readonly error: string | null;
}
