import type { EventStatus } from "../../../domain/event-state.ts";
import type { Check } from "../../../ports/integrity.ts";
import type { AuditedEnd, AuditTrail } from "./audit-trail.ts";
import { gatherFindings } from "./findings.ts";
import type { Database } from "./sqlite-driver.ts";

interface StateRow {
  readonly seq: number;
  readonly id: string;
  readonly deleted: number;
  readonly payload: number;
  readonly status: Exclude<EventStatus, "received"> | null;
  readonly queued: number;
  readonly dead: number;
}

/** Whether every event waits or has ended, and whether it ended as the audit chain says. */
export function checkStates(db: Database, trail: AuditTrail): Check {
  const findings = gatherFindings();
  const page = db.prepare(
    `SELECT e.seq * 1.0 AS seq, e.source || ':' || e.provider_event_id AS id, e.deleted_at IS NOT NULL AS deleted,
       coalesce(p.wiped = 0, 0) AS payload, o.status, q.seq IS NOT NULL AS queued, d.seq IS NOT NULL AS dead
     FROM events e LEFT JOIN payloads p ON p.seq = e.seq LEFT JOIN outcomes o ON o.seq = e.seq
       LEFT JOIN queue q ON q.seq = e.seq LEFT JOIN dead_letters d ON d.seq = e.seq
     WHERE e.seq > ? ORDER BY e.seq LIMIT 1000`,
  );
  let after = -Number.MAX_VALUE;
  let waiting = 0;
  let ended = 0;
  for (;;) {
    const rows = page.all(after) as StateRow[];
    for (const row of rows) {
      for (const problem of problemsOf(row, trail)) findings.add(row.id, problem);
      waiting += row.queued;
      ended += row.status === null ? 0 : 1;
    }
    const last = rows.at(-1)?.seq ?? after;
    if (last <= after) break;
    after = last;
  }
  return findings.check("queue", `${waiting} events wait, ${ended} have ended as the audit chain says`);
}

function* problemsOf(row: StateRow, trail: AuditTrail): Generator<string> {
  const { seq, status, queued, dead, deleted, payload } = row;
  const audited = (what: AuditedEnd) => trail.has(seq, what);
  const told = seq >= trail.since;
  if (status === null && queued === 0) yield "was never processed and waits nowhere";
  if (status !== null && status !== "processed" && queued === 1) yield `is ${status} and in the queue as well`;
  if (dead === 1 && status !== "dead") yield "is listed as a dead letter and is not dead";
  if (dead === 0 && status === "dead" && deleted === 0) yield "is dead and not listed as a dead letter";
  if (status !== "processed" && audited("processed")) yield "was processed, and its outcome is gone";
  if (deleted === 0 && audited("deleted")) yield "was deleted and is back";
  if (!told) return;
  if (status !== null && !audited(status)) yield `is ${status}, of which no audit record tells`;
  if (deleted === 1 && !audited("deleted")) yield "is hidden as deleted, of which no audit record tells";
  if (payload === 0 && !audited("deleted") && !audited("expired"))
    yield "its payload is gone, of which no record tells";
}
