export interface RetryPolicy {
  readonly maxAttempts: number;
  /** Wait after the first failure, milliseconds; it doubles with each further one. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Whole milliseconds to wait after attempt `n` (from 1) failed: exponential, between half and the whole of it at random, so
 * that many payments which failed together do not come back together.
 */
export function backoff({ baseMs, maxMs }: RetryPolicy, n: number): number {
  const full = Math.min(maxMs, baseMs * 2 ** (n - 1));
  return Math.round(full / 2 + Math.random() * (full / 2));
}
