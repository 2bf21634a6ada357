/**
 * A provider's RFC 3339 time as RFC 3339 UTC with milliseconds. Null for anything else, impossible dates included:
 * `2018-19-12` and `2018-02-30` have been seen.
 */
export function readInstant(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const match = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,12})?)?(Z|[+-]\d\d:?\d\d)$/i.exec(value);
  const day = match?.[1];
  // The parser turns the 30th of February into the 2nd of March.
  if (day === undefined || toIso(Date.parse(day))?.startsWith(day) !== true) return null;
  return toIso(Date.parse(value));
}

/** A provider's unix time in whole seconds as RFC 3339 UTC with milliseconds, or null. */
export function instantOfSeconds(value: unknown): string | null {
  return Number.isSafeInteger(value) ? toIso((value as number) * 1000) : null;
}

// Years outside 0000 to 9999 have another text form, which would not sort by time.
const FIRST = Date.UTC(1, 0, 1);
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function toIso(epochMs: number): string | null {
  return epochMs >= FIRST && epochMs <= LAST ? new Date(epochMs).toISOString() : null;
}
