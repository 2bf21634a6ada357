import { SeqSet } from "./seq-set.ts";
import type { StoredRecord } from "./verify-chain.ts";

/** What the audit chain says became of the events, by their numbers. */
export interface AuditTrail {
  /** The first event whose receipt is still told: of it and of all later ones the chain has every record. */
  readonly since: number;
  has(seq: number, what: AuditedEnd): boolean;
}

export type AuditedEnd = "processed" | "quarantined" | "dead" | "deleted" | "expired";

export interface TrailWriter extends AuditTrail {
  since: number;
  /** Takes note of a record that tells an end; others are left alone. */
  note(record: StoredRecord): void;
}

export function openAuditTrail(findSeq: (eventId: string) => number | null): TrailWriter {
  const ends: Readonly<Record<AuditedEnd, SeqSet>> = {
    processed: new SeqSet(),
    quarantined: new SeqSet(),
    dead: new SeqSet(),
    deleted: new SeqSet(),
    expired: new SeqSet(),
  };
  return {
    since: Number.POSITIVE_INFINITY,
    has: (seq, what) => ends[what].has(seq),
    note({ action, target }) {
      const what = action.slice("event.".length);
      if (!action.startsWith("event.") || !Object.hasOwn(ends, what)) return;
      const seq = findSeq(target);
      if (seq !== null) ends[what as AuditedEnd].add(seq);
    },
  };
}
