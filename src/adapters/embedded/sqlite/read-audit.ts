import type { AuditRecord } from "../../../ports/audit-log.ts";
import { type AuditRow, GENESIS } from "./audit-chain.ts";
import { isoTime } from "./event-row.ts";
import type { Database } from "./sqlite-driver.ts";

export interface AuditReader {
  list(after: number, limit: number): readonly AuditRecord[];
  /** The newest record; null when there is none. */
  head(): AuditHead | null;
}

export type AuditHead = Pick<AuditRecord, "seq" | "hash">;

export function openAuditReader(db: Database): AuditReader {
  const select = db.prepare(
    "SELECT seq, at, actor, action, target, outcome, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT ?",
  );
  const hashOf = db.prepare("SELECT hash FROM audit WHERE seq = ?");
  const newest = db.prepare("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
  return {
    list(after, limit) {
      const rows = select.all(after, limit) as AuditRow[];
      const first = rows[0];
      if (first === undefined) return [];
      const before = hashOf.get(first.seq - 1) as { hash: Uint8Array } | undefined;
      let prevHash = hex(before?.hash ?? GENESIS);
      return rows.map(({ seq, at, actor, action, target, outcome, hash }) => {
        const record = { seq, at: isoTime(at), actor, action, target, outcome, prevHash, hash: hex(hash) };
        prevHash = record.hash;
        return record;
      });
    },
    head() {
      const row = newest.get() as { seq: number; hash: Uint8Array } | undefined;
      return row === undefined ? null : { seq: row.seq, hash: hex(row.hash) };
    },
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
