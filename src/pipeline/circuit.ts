import type { Clock } from "../ports/clock.ts";
import { backoff, type RetryPolicy } from "./backoff.ts";

/** `open`: nothing is sent until the next probe. `half_open`: the probe is on its way. */
export type CircuitState = "closed" | "open" | "half_open";

/** So many failures in a row, whatever they were about, and the destination is taken to be away. */
const OPEN_AFTER = 10;

/** What a run of failures means where no requests are made at the moment. */
export function circuitAfter(failuresInRow: number): CircuitState {
  return failuresInRow >= OPEN_AFTER ? "open" : "closed";
}

export interface Circuit {
  state(): CircuitState;
  /** How many of `free` requests may start now. */
  allows(free: number): number;
  /** Milliseconds until a probe may start; 0 when none is waited for. */
  waitMs(): number;
  start(): CircuitRequest;
}

export interface CircuitRequest {
  succeeded(): void;
  /** The destination may have asked for `retryAfterMs` of rest. */
  failed(retryAfterMs: number): void;
}

/**
 * Keeps a destination that is away from costing every announcement its attempts: after a run of failures one request
 * at a time is tried, at intervals that grow up to the longest wait of `retry`, until one succeeds. `failuresInRow` is
 * what an earlier process saw.
 */
export function openCircuit(retry: RetryPolicy, clock: Clock, failuresInRow: number): Circuit {
  let failures = failuresInRow;
  let state = circuitAfter(failures);
  let probes = 0;
  let probeAt = clock.monotonic();
  const waitMs = () => (state === "open" ? Math.max(0, probeAt - clock.monotonic()) : 0);

  return {
    state: () => state,
    allows(free) {
      if (state === "closed") return free;
      return state === "open" && waitMs() === 0 ? Math.min(free, 1) : 0;
    },
    waitMs,
    start() {
      const isProbe = state === "open";
      if (isProbe) state = "half_open";
      return {
        succeeded() {
          failures = 0;
          probes = 0;
          state = "closed";
        },
        failed(retryAfterMs) {
          failures++;
          // What was on its way when the circuit opened says nothing new.
          if (!isProbe && (state !== "closed" || failures < OPEN_AFTER)) return;
          probes++;
          probeAt = clock.monotonic() + Math.max(backoff(retry, probes), retryAfterMs);
          state = "open";
        },
      };
    },
  };
}
