import type { Expired, RetentionCutoff } from "../../../ports/retention.ts";
import type { AuditChain } from "./audit-chain.ts";
import type { Database } from "./sqlite-driver.ts";
import type { Unit } from "./unit.ts";

export interface RetentionWriter {
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
  const hide = db.prepare("UPDATE events SET deleted_at = ?, headers = '{}' WHERE seq = ? AND deleted_at IS NULL");
  const clearHeaders = db.prepare("UPDATE events SET headers = '{}' WHERE seq = ?");
  const removePayload = db.prepare("DELETE FROM payloads WHERE seq = ?");
  const removeAttempts = db.prepare("DELETE FROM attempts WHERE seq = ?");
  const removeDead = db.prepare("DELETE FROM dead_letters WHERE seq = ?");
  const idOf = "e.source || ':' || e.provider_event_id AS event_id";
  // Numbers follow the order of receipt, so the scan ends at the first event that is young enough.
  const expired = db.prepare(
    `SELECT p.seq, ${idOf} FROM payloads p JOIN events e ON e.seq = p.seq
     WHERE e.received_at < ? AND p.seq NOT IN (SELECT seq FROM queue)
       AND p.seq NOT IN (SELECT seq FROM dead_letters WHERE archive_key IS NULL)
       AND p.seq < coalesce((SELECT min(seq) FROM events WHERE received_at >= ?), 9007199254740991)
     ORDER BY p.seq LIMIT ?`,
  );
  const waiting = db.prepare(
    `SELECT ${idOf} FROM dead_letters d JOIN events e ON e.seq = d.seq
     WHERE d.archive_key IS NULL ORDER BY d.seq LIMIT ?`,
  );
  const markArchived = db.prepare("UPDATE dead_letters SET archive_key = ? WHERE seq = ? AND archive_key IS NULL");
  // The newest of the records that go is kept: it carries the hash that the first younger one is linked to.
  const lastOld = db.prepare(`SELECT max(seq) AS seq FROM (SELECT seq FROM audit WHERE at < ? ORDER BY seq LIMIT ?)`);
  const removeAudit = db.prepare("DELETE FROM audit WHERE seq < ?");

  return {
    remove(unit, seq, eventId, actor, at) {
      if (isQueued.get(seq) !== undefined) return "in_progress";
      if (hide.run(at, seq).changes === 0) return "unknown_event";
      removePayload.run(seq);
      removeAttempts.run(seq);
      removeDead.run(seq);
      audit.append(unit, at, { actor, action: "event.deleted", target: eventId, outcome: "deleted" });
      return "removed";
    },

    expire(unit, cutoff, limit, at) {
      const rows = expired.all(cutoff.events, cutoff.events, limit) as { seq: number; event_id: string }[];
      for (const { seq, event_id } of rows) {
        removePayload.run(seq);
        removeAttempts.run(seq);
        clearHeaders.run(seq);
        audit.append(unit, at, { actor: "inbox", action: "event.expired", target: event_id, outcome: "expired" });
      }
      const { seq } = lastOld.get(cutoff.audit, limit + 1) as { seq: number | null };
      const auditRecords = seq === null ? 0 : Number(removeAudit.run(seq).changes);
      return { events: rows.length, auditRecords };
    },

    unarchived: (limit) => (waiting.all(limit) as { event_id: string }[]).map((row) => row.event_id),

    archived(unit, seq, eventId, key, at) {
      if (markArchived.run(key, seq).changes === 0) return;
      audit.append(unit, at, { actor: "inbox", action: "event.archived", target: eventId, outcome: key });
    },
  };
}
