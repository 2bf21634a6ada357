const BYTES = { "": 1, B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

/** What a size written as text may look like, for the JSON Schema. */
export const SIZE_PATTERN = "^(0|[1-9][0-9]*)(B|KiB|MiB|GiB|TiB)?$";

/** Reads `64KiB 512MiB` or a number of bytes; null for anything else, and for what a double cannot hold exactly. */
export function parseSize(value: string | number): number | null {
  const [, count, unit = ""] = new RegExp(SIZE_PATTERN).exec(String(value)) ?? [];
  if (count === undefined) return null;
  const bytes = Number(count) * BYTES[unit as keyof typeof BYTES];
  return Number.isSafeInteger(bytes) ? bytes : null;
}
