import { readExpiry } from "../domain/audit-expiry.ts";
import type { AuditCheckpoint } from "../ports/audit-log.ts";

/** A record as the chain's hashes cover it: `at` in epoch milliseconds, hashes in lower-case hex. */
export interface ChainRecord {
  readonly seq: number;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: string;
  readonly hash: string;
}

export interface ChainProblem {
  /** The record that is wrong, or the first of those that are missing. */
  readonly seq: number;
  readonly problem: string;
}

export interface ChainReport {
  readonly records: number;
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  /** In the order of the chain; the last entry counts those beyond the first hundred. */
  readonly problems: readonly ChainProblem[];
}

/** Takes a chain record by record, in order, and says what is wrong with it. */
export interface ChainCheck {
  add(record: ChainRecord): void;
  end(): ChainReport;
}

/** What stands before the first record of all. */
export const CHAIN_START = "0".repeat(64);

const MOST_PROBLEMS = 100;

/**
 * Finds records that were changed, removed, inserted or swapped; with a checkpoint also a tail that was cut off and a
 * chain that was written anew as a whole. What comes after the checkpoint is only as good as the store's own hashes.
 * Bounded memory, whatever the chain's length.
 */
export function openChainCheck(parts: {
  readonly linkHash: (previous: string, record: ChainRecord) => string;
  readonly checkpoint: AuditCheckpoint | null;
  /** How long records are kept, in milliseconds: younger ones cannot have expired. Null when that is not known. */
  readonly keptMs: number | null;
}): ChainCheck {
  const { linkHash, checkpoint, keptMs } = parts;
  const problems: ChainProblem[] = [];
  const gaps: Gap[] = [];
  let beyond = 0;
  let records = 0;
  let firstSeq: number | null = null;
  let last: ChainRecord | null = null;
  let expiry: ChainRecord | null = null;
  let atCheckpoint: string | null = null;

  return {
    add(record) {
      const { seq, hash } = record;
      const before: { readonly seq: number; readonly hash: string } = last ?? { seq: 0, hash: CHAIN_START };
      records++;
      firstSeq ??= seq;
      if (seq <= before.seq) {
        report(seq, last === null ? "has a number that no record can have" : "stands behind a later record");
        return;
      }
      if (seq > before.seq + 1) {
        if (gaps.length < MOST_PROBLEMS) gaps.push({ from: before.seq + 1, next: record });
        else beyond++;
      } else if (linkHash(before.hash, record) !== hash) {
        report(seq, UNLINKED);
      }
      if (record.action === "audit.expired") expiry = record;
      if (seq === checkpoint?.seq) atCheckpoint = hash;
      last = record;
    },

    end() {
      const lastSeq = last?.seq ?? null;
      for (const gap of gaps) judgeGap(gap);
      if (checkpoint !== null) judgeCheckpoint(checkpoint, lastSeq);
      problems.sort((a, b) => a.seq - b.seq);
      if (beyond > 0) problems.push({ seq: lastSeq ?? 0, problem: `${beyond} more problems are not listed` });
      return { records, firstSeq, lastSeq, problems };
    },
  };

  /**
   * Whatever went by retention is named, with its last hash, by a record of the chain itself. Anybody could write such a
   * record, so it is believed only of the start of the chain, and only when what is left there is itself old enough:
   * retention keeps the newest of the records that expired.
   */
  function judgeGap({ from, next }: Gap): void {
    const expired = expiry === null || from !== 1 ? null : readExpiry(expiry.outcome);
    if (expired?.before === next.seq) {
      if (linkHash(expired.link, next) !== next.hash) report(next.seq, UNLINKED);
      else if (keptMs !== null && expiry !== null && next.at > expiry.at - keptMs) report(from, TOO_YOUNG);
    } else if (next.seq === from + 1) report(from, "is missing");
    else report(from, `is missing, and so are those up to ${next.seq - 1}`);
  }

  function judgeCheckpoint({ seq, hash }: AuditCheckpoint, lastSeq: number | null): void {
    if (atCheckpoint !== null) {
      if (atCheckpoint !== hash) report(seq, "is not the record of the checkpoint: the chain was written anew");
    } else if (lastSeq === null || lastSeq < seq) {
      report((lastSeq ?? 0) + 1, `is missing, and so are those up to the checkpoint's ${seq}: the tail was cut off`);
    } else report(seq, "is the checkpoint's and is no longer in the chain, so that nothing vouches for the rest");
  }

  function report(seq: number, problem: string): void {
    if (problems.length < MOST_PROBLEMS) problems.push({ seq, problem });
    else beyond++;
  }
}

interface Gap {
  /** The first record that is missing. */
  readonly from: number;
  /** The record that comes after the gap. */
  readonly next: ChainRecord;
}

const TOO_YOUNG = "and those after it were removed as expired, though they were younger than store.retention.audit";
const UNLINKED = "does not fit its hash: it, or the record before it, was changed, swapped or inserted";
