import type { Clock } from "../ports/clock.ts";
import { LATENCY_BUCKETS, latencyBucket, latencyQuantile } from "./latency-buckets.ts";

const COUNTED = ["accepted", "duplicate", "rejected", "processed"] as const;
export type Counted = (typeof COUNTED)[number];

export interface SeriesCounts {
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: number;
  readonly processed: number;
  /** Milliseconds; null when nothing was acknowledged. */
  readonly ackP50Ms: number | null;
  readonly ackP99Ms: number | null;
}

export interface SeriesPoint extends SeriesCounts {
  /** Start of the step, RFC 3339 UTC. */
  readonly at: string;
}

/** What went on lately, in bounded memory: every second of the last 15 minutes, every minute of the last 24 hours. */
export interface Series {
  count(what: Counted): void;
  acknowledged(seconds: number): void;
  /**
   * Points of `stepMs` over the last `windowMs`, oldest first; the last one is still filling. A window of up to
   * `FINE_WINDOW_MS` takes steps of whole seconds, a longer one steps of whole minutes.
   */
  read(windowMs: number, stepMs: number): { readonly totals: SeriesCounts; readonly points: readonly SeriesPoint[] };
}

export const FINE_WINDOW_MS = 15 * 60_000;
export const SERIES_WINDOW_MS = 24 * 60 * 60_000;

export function createSeries(clock: Pick<Clock, "now">): Series {
  const seconds = createRing(1000, FINE_WINDOW_MS / 1000 + 1);
  const minutes = createRing(60_000, SERIES_WINDOW_MS / 60_000 + 1);

  return {
    count(what) {
      const now = clock.now();
      const cell = COUNTED.indexOf(what);
      seconds.add(now, cell);
      minutes.add(now, cell);
    },
    acknowledged(latency) {
      const now = clock.now();
      const cell = COUNTED.length + latencyBucket(latency);
      seconds.add(now, cell);
      minutes.add(now, cell);
    },
    read(windowMs, stepMs) {
      const ring = windowMs <= FINE_WINDOW_MS ? seconds : minutes;
      const end = Math.floor(clock.now() / stepMs) * stepMs + stepMs;
      const steps = Math.ceil(windowMs / stepMs);
      const total = new Float64Array(CELLS);
      const points = Array.from({ length: steps }, (_, i) => {
        const start = end - (steps - i) * stepMs;
        const cells = ring.sum(start, start + stepMs);
        for (let cell = 0; cell < CELLS; cell++) total[cell] = (total[cell] ?? 0) + (cells[cell] ?? 0);
        return { at: new Date(start).toISOString(), ...countsOf(cells) };
      });
      return { totals: countsOf(total), points };
    },
  };
}

const CELLS = COUNTED.length + LATENCY_BUCKETS;

interface Ring {
  add(now: number, cell: number): void;
  /** From `start`, inclusive, to `end`, exclusive; epoch milliseconds. */
  sum(start: number, end: number): Float64Array;
}

// Slots are reused in a circle; the stamp says which stretch of time a slot holds now.
function createRing(widthMs: number, slots: number): Ring {
  const stamps = new Float64Array(slots).fill(-1);
  const cells = new Uint32Array(slots * CELLS);

  return {
    add(now, cell) {
      const stamp = Math.floor(now / widthMs);
      const slot = stamp % slots;
      if (stamps[slot] !== stamp) {
        stamps[slot] = stamp;
        cells.fill(0, slot * CELLS, (slot + 1) * CELLS);
      }
      const index = slot * CELLS + cell;
      cells[index] = (cells[index] ?? 0) + 1;
    },
    sum(start, end) {
      const sums = new Float64Array(CELLS);
      for (let stamp = Math.floor(start / widthMs); stamp * widthMs < end; stamp++) {
        const slot = stamp % slots;
        if (stamps[slot] !== stamp) continue;
        for (let cell = 0; cell < CELLS; cell++) sums[cell] = (sums[cell] ?? 0) + (cells[slot * CELLS + cell] ?? 0);
      }
      return sums;
    },
  };
}

function countsOf(cells: Float64Array): SeriesCounts {
  const latencies = cells.subarray(COUNTED.length);
  return {
    accepted: cells[0] ?? 0,
    duplicate: cells[1] ?? 0,
    rejected: cells[2] ?? 0,
    processed: cells[3] ?? 0,
    ackP50Ms: inMs(latencyQuantile(latencies, 0.5)),
    ackP99Ms: inMs(latencyQuantile(latencies, 0.99)),
  };
}

function inMs(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1e5) / 100;
}
