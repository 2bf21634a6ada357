/**
 * Reads a signing time in whole unix seconds, digits only, into epoch milliseconds. Null for anything else, so that
 * no text verifies that a lenient parser would read as another time.
 */
export function readUnixSeconds(text: string): number | null {
  return /^\d{1,12}$/.test(text) ? Number(text) * 1000 : null;
}

/**
 * Whether a signing time is near enough to now, in both directions: exactly `tolerance` away still is. All three in
 * milliseconds. Ask only when the signature matched, so that clock skew can be told from a wrong secret.
 * Without a usable tolerance no time is near enough.
 */
export function judgeSigningTime(
  signedAt: number,
  now: number,
  tolerance: unknown,
): "in_time" | "stale_timestamp" | "future_timestamp" {
  const allowed = typeof tolerance === "number" && tolerance >= 0 ? tolerance : -1;
  if (Math.abs(now - signedAt) <= allowed) return "in_time";
  return signedAt > now ? "future_timestamp" : "stale_timestamp";
}
