/**
 * What the outcome of an `audit.expired` record says: retention took away every record before `before`, and `link` is
 * the hash (lower-case hex) of the last one that went. With it the first record that is left can be checked like any
 * other, and a head that was cut off by someone else can be told from one that expired.
 */
export interface AuditExpiry {
  readonly before: number;
  readonly link: string;
}

export function expiryOutcome({ before, link }: AuditExpiry): string {
  return `before ${before} after ${link}`;
}

/** Null when the text is no such outcome. */
export function readExpiry(outcome: string): AuditExpiry | null {
  const [, before, link] = /^before (\d{1,15}) after ([0-9a-f]{64})$/.exec(outcome) ?? [];
  return before === undefined || link === undefined ? null : { before: Number(before), link };
}
