/**
 * An id that a provider gave, as it can be stored and shown: 1 to 255 characters, no control character and no half of
 * a surrogate pair (UTF-8 would make all of those the same id). Null otherwise.
 */
export function readEventId(value: unknown): string | null {
  return typeof value === "string" && value.length >= 1 && value.length <= 255 && !/[\p{Cc}\p{Cs}]/u.test(value)
    ? value
    : null;
}
