import type { Clock } from "../ports/clock.ts";

export interface Rate {
  /** Credits that come back per second. */
  readonly perSecond: number;
  /** Credits that a key has at most. */
  readonly burst: number;
}

/** One token bucket per key, on the monotonic clock. */
export interface TokenBuckets {
  /** Takes a credit and gives 0, or takes none and gives the milliseconds until there is one. */
  take(key: string, rate: Rate): number;
}

/** Keeps at most `maxKeys` keys; beyond that the key that came first is forgotten, which fills its bucket again. */
export function createTokenBuckets(clock: Pick<Clock, "monotonic">, maxKeys = 1000): TokenBuckets {
  const buckets = new Map<string, Bucket>();

  return {
    take(key, rate) {
      const now = clock.monotonic();
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        forgetOldest(buckets, maxKeys);
        bucket = { credits: rate.burst, at: now };
        buckets.set(key, bucket);
      }
      const earned = ((now - bucket.at) * rate.perSecond) / 1000;
      bucket.credits = Math.min(rate.burst, bucket.credits + earned);
      bucket.at = now;
      // A whole credit that was earned in fractions may miss its last bit.
      if (bucket.credits > 1 - 1e-9) {
        bucket.credits -= 1;
        return 0;
      }
      return Math.ceil(((1 - bucket.credits) * 1000) / rate.perSecond);
    },
  };
}

interface Bucket {
  credits: number;
  at: number;
}

function forgetOldest(buckets: Map<string, Bucket>, maxKeys: number): void {
  if (buckets.size < maxKeys) return;
  const oldest = buckets.keys().next();
  if (!oldest.done) buckets.delete(oldest.value);
}
