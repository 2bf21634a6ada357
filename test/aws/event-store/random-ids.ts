export interface Ids {
  /** So many letters of this alphabet. */
  take(alphabet: string, length: number): string;
}

export const DIGITS = "0123456789";
export const HEX = `${DIGITS}abcdef`;
export const UPPER = `${DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZ`;
export const BASE62 = `${UPPER}abcdefghijklmnopqrstuvwxyz`;

/** The same ids for the same seed. */
export function randomIds(seed: number): Ids {
  let state = seed;
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    take: (alphabet, length) => Array.from({ length }, () => alphabet[Math.floor(next() * alphabet.length)]).join(""),
  };
}

export function uuid(ids: Ids): string {
  return [8, 4, 4, 4, 12].map((length) => ids.take(HEX, length)).join("-");
}
