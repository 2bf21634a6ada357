import { expiryOutcome } from "../../../domain/audit-expiry.ts";
import type { Expired, RetentionCutoff } from "../../../ports/retention.ts";
import type { AuditChain } from "./audit-chain.ts";
import { isoTime } from "./event-row.ts";
import type { Database } from "./sqlite-driver.ts";
import type { Unit } from "./unit.ts";
import { openPayloadWiper } from "./wipe-payloads.ts";

export interface RetentionWriter {
  isRemoved(seq: number): boolean;
  remove(
    unit: Unit,
    seq: number,
    eventId: string,
    actor: string,
    at: number,
  ): "removed" | "in_progress" | "unknown_event";
  expire(unit: Unit, cutoff: RetentionCutoff, limit: number, at: number): Expired;
  unarchived(limit: number): readonly string[];
  archived(unit: Unit, seq: number, eventId: string, key: string, at: number): void;
}

/** What is taken away: by an operator, by age, or because the archive holds it now. */
export function openRetentionWriter(db: Database, audit: AuditChain): RetentionWriter {
  const isQueued = db.prepare("SELECT 1 FROM queue WHERE seq = ?");
  const removed = db.prepare("SELECT 1 FROM events WHERE seq = ? AND deleted_at IS NOT NULL");
  const hide = db.prepare("UPDATE events SET deleted_at = ?, headers = '{}' WHERE seq = ? AND deleted_at IS NULL");
  const clearHeaders = db.prepare("UPDATE events SET headers = '{}' WHERE seq = ?");
  const removeAttempts = db.prepare("DELETE FROM attempts WHERE seq = ?");
  const removeDead = db.prepare("DELETE FROM dead_letters WHERE seq = ?");
  const idOf = "e.source || ':' || e.provider_event_id AS event_id";
  const scan = db.prepare(
    `SELECT p.seq, e.received_at, ${idOf},
       p.wiped OR EXISTS (SELECT 1 FROM queue q WHERE q.seq = p.seq)
         OR EXISTS (SELECT 1 FROM dead_letters d WHERE d.seq = p.seq AND d.archive_key IS NULL) AS keep
     FROM payloads p JOIN events e ON e.seq = p.seq WHERE p.seq > ? ORDER BY p.seq LIMIT ?`,
  );
  const waiting = db.prepare(
    `SELECT ${idOf} FROM dead_letters d JOIN events e ON e.seq = d.seq
     WHERE d.archive_key IS NULL ORDER BY d.seq LIMIT ?`,
  );
  const markArchived = db.prepare("UPDATE dead_letters SET archive_key = ? WHERE seq = ? AND archive_key IS NULL");
  const oldestAudit = db.prepare("SELECT seq, at, hash FROM audit ORDER BY seq LIMIT ?");
  const removeAudit = db.prepare("DELETE FROM audit WHERE seq < ?");
  const payloads = openPayloadWiper(db);
  // Where the next step goes on; 0 for a new walk from the start.
  let position = 0;

  return {
    isRemoved: (seq) => removed.get(seq) !== undefined,

    remove(unit, seq, eventId, actor, at) {
      if (isQueued.get(seq) !== undefined) return "in_progress";
      if (hide.run(at, seq).changes === 0) return "unknown_event";
      payloads.wipe(seq);
      removeAttempts.run(seq);
      removeDead.run(seq);
      audit.append(unit, at, { actor, action: "event.deleted", target: eventId, outcome: "deleted" });
      return "removed";
    },

    expire(unit, cutoff, limit, at) {
      const before = position;
      unit.onRollback(() => {
        position = before;
      });
      const events = expireEvents(unit, isoTime(cutoff.events), limit, at);
      return { events, auditRecords: expireAudit(unit, cutoff.audit, limit, at) };
    },

    unarchived: (limit) => (waiting.all(limit) as { event_id: string }[]).map((row) => row.event_id),

    archived(unit, seq, eventId, key, at) {
      if (markArchived.run(key, seq).changes === 0) return;
      audit.append(unit, at, { actor: "inbox", action: "event.archived", target: eventId, outcome: key });
    },
  };

  function expireEvents(unit: Unit, cutoff: string, limit: number, at: number): number {
    const expired = nextExpired(cutoff, limit);
    for (const { seq, event_id } of expired) {
      payloads.wipe(seq);
      removeAttempts.run(seq);
      clearHeaders.run(seq);
      audit.append(unit, at, { actor: "inbox", action: "event.expired", target: event_id, outcome: "expired" });
    }
    const last = expired.at(-1);
    if (last !== undefined) payloads.trim(last.seq);
    return expired.length;
  }

  /** Walks on to the first event that is young enough: numbers follow the order of receipt. */
  function nextExpired(cutoff: string, limit: number): Candidate[] {
    const found: Candidate[] = [];
    for (;;) {
      const rows = scan.all(position, limit) as Candidate[];
      for (const row of rows) {
        if (found.length === limit) return found;
        if (row.received_at >= cutoff) {
          position = 0;
          return found;
        }
        position = row.seq;
        if (row.keep === 0) found.push(row);
      }
      if (rows.length < limit) {
        position = 0;
        return found;
      }
    }
  }

  /** The newest of the records that are old enough stays, as the anchor of those that follow. */
  function expireAudit(unit: Unit, cutoff: number, limit: number, at: number): number {
    const rows = oldestAudit.all(limit + 1) as { seq: number; at: number; hash: Uint8Array }[];
    const young = rows.findIndex((row) => row.at >= cutoff);
    const old = young === -1 ? rows : rows.slice(0, young);
    const [last, anchor] = old.slice(-2);
    if (last === undefined || anchor === undefined) return 0;
    removeAudit.run(anchor.seq);
    const outcome = expiryOutcome({ before: anchor.seq, link: Buffer.from(last.hash).toString("hex") });
    audit.append(unit, at, { actor: "inbox", action: "audit.expired", target: "audit", outcome });
    return old.length - 1;
  }
}

interface Candidate {
  readonly seq: number;
  readonly received_at: string;
  readonly event_id: string;
  readonly keep: number;
}
