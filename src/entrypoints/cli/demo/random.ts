/** Pseudo-random choices that follow from a seed, so that a run can be repeated. Never for a secret. */
export interface Random {
  /** A whole number from 0 up to and without `limit`. */
  below(limit: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
  /** The same items in another order. */
  shuffle<T>(list: readonly T[]): T[];
  /** Capital letters and digits. */
  text(length: number): string;
}

/** The generator is Mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    pick: ([first, ...rest]) => [first, ...rest][below(rest.length + 1)] ?? first,
    shuffle(list) {
      const keyed = list.map((item) => ({ item, key: next() }));
      return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
    },
    text: (length) => Array.from({ length }, () => CHARACTERS[below(CHARACTERS.length)]).join(""),
  };
}

const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
