import type { Rejection } from "../ports/metrics.ts";

/** The last rejections, in memory: a flood of forged requests must not cost the store a single write. */
export interface Rejections {
  add(rejection: Rejection): void;
  /** Newest first. */
  latest(limit: number): readonly Rejection[];
}

export function createRejections(capacity = 1000): Rejections {
  const ring: Rejection[] = [];
  let next = 0;

  return {
    add(rejection) {
      ring[next] = rejection;
      next = (next + 1) % capacity;
    },
    latest(limit) {
      const newestFirst = [...ring.slice(0, next).reverse(), ...ring.slice(next).reverse()];
      return newestFirst.slice(0, limit);
    },
  };
}
