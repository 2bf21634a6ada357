// Each bound is 1.3 times the one before, from 50 µs to beyond 30 s: quantiles are right to within 15 %.
const GROWTH = 1.3;
const FIRST_SECONDS = 0.00005;

/** Buckets of a latency histogram; the last one has no bound. */
export const LATENCY_BUCKETS = 53;

/** Which bucket `seconds` belongs to. */
export function latencyBucket(seconds: number): number {
  if (!(seconds > FIRST_SECONDS)) return 0;
  return Math.min(LATENCY_BUCKETS - 1, Math.ceil(Math.log(seconds / FIRST_SECONDS) / Math.log(GROWTH)));
}

/** The latency, in seconds, that the share `q` (0 to 1) of the counted ones do not exceed; null when nothing counted. */
export function latencyQuantile(counts: ArrayLike<number>, q: number): number | null {
  let total = 0;
  for (let i = 0; i < LATENCY_BUCKETS; i++) total += counts[i] ?? 0;
  if (total === 0) return null;
  const rank = q * total;
  let seen = 0;
  for (let i = 0; i < LATENCY_BUCKETS; i++) {
    const count = counts[i] ?? 0;
    if (count > 0 && seen + count >= rank) {
      const lower = i === 0 ? 0 : FIRST_SECONDS * GROWTH ** (i - 1);
      const upper = FIRST_SECONDS * GROWTH ** i;
      return lower + (upper - lower) * Math.max(0, (rank - seen) / count);
    }
    seen += count;
  }
  return FIRST_SECONDS * GROWTH ** (LATENCY_BUCKETS - 1);
}
