const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** What a duration may look like, for the JSON Schema. */
export const DURATION_PATTERN = "^(0|[1-9][0-9]*)(ms|s|m|h|d)$";

/** Reads `50ms 5s 2m 1h 30d` into milliseconds; null for anything else, and for what a double cannot hold exactly. */
export function parseDuration(text: string): number | null {
  const [, count, unit] = new RegExp(DURATION_PATTERN).exec(text) ?? [];
  if (count === undefined || unit === undefined) return null;
  const ms = Number(count) * MS[unit as keyof typeof MS];
  return Number.isSafeInteger(ms) ? ms : null;
}

/** Writes whole milliseconds in the largest unit that divides them, so that `parseDuration` reads the same back. */
export function formatDuration(ms: number): string {
  const units = (Object.entries(MS) as [keyof typeof MS, number][]).reverse();
  const [unit, size] = units.find(([, size]) => ms !== 0 && ms % size === 0) ?? ["ms", 1];
  return `${ms / size}${unit}`;
}
