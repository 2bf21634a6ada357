import type { IncomingMessage, ServerResponse } from "node:http";

/** One request on its way through the ingest listener. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** What operators are shown as the source of a refused request. */
  readonly sourceName: string;
  /** Monotonic milliseconds: when its head had arrived. */
  readonly startedAt: number;
  /** Its answer is on its way; what is left of a refused body is still let in. */
  answered: boolean;
  /** Set while reading: ends the reading for another reason than the body's end. */
  interrupt: ((why: "bad_request" | "slow_body") => void) | null;
}

/** Shown where a request names no source that could be one. Not a source name: those have no brackets. */
export const NO_SOURCE = "(unknown)";

/** The exchanges that are under way, oldest first. */
export type Exchanges = Set<Exchange>;
