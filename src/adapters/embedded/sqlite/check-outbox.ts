import { isDeepStrictEqual } from "node:util";
import { type Announcement, announce } from "../../../domain/announcement.ts";
import type { Effect, TransactionStatus } from "../../../domain/transaction.ts";
import type { Check } from "../../../ports/integrity.ts";
import { EVENT_COLUMNS, type EventRow, readEvent } from "./event-row.ts";
import { gatherFindings } from "./findings.ts";
import { seqOfEvent } from "./keys.ts";
import type { Database } from "./sqlite-driver.ts";

interface OutboxRow {
  readonly id: number;
  readonly destination: string;
  readonly announcement: string;
}

type OutcomeRow = EventRow & { readonly effect: Effect | null; readonly status_to: TransactionStatus | null };

/** Whether what destinations are still to be told is what the events say. */
export function checkOutbox(db: Database): Check {
  const findings = gatherFindings();
  const page = db.prepare(
    `SELECT id * 1.0 AS id, destination, announcement FROM outbox WHERE id > ? ORDER BY outbox.id LIMIT 500`,
  );
  const findSeq = seqOfEvent(db);
  const findEvent = db.prepare(
    `SELECT ${EVENT_COLUMNS.replace(/\w+/g, "e.$&")}, o.effect, o.status_to
     FROM events e LEFT JOIN outcomes o ON o.seq = e.seq WHERE e.seq = ?`,
  );
  let count = 0;
  let after = -Number.MAX_VALUE;
  for (;;) {
    const rows = page.all(after) as OutboxRow[];
    for (const { id, destination, announcement } of rows) {
      if (!isTrue(announcement)) findings.add(`announcement ${id} to ${destination}`, "is not what its event says");
    }
    count += rows.length;
    const last = rows.at(-1)?.id ?? after;
    if (last <= after) break;
    after = last;
  }
  return findings.check("outbox", `${count} announcements are what their events say`);

  function isTrue(text: string): boolean {
    const said = parse(text);
    const seq = typeof said?.data?.eventId === "string" ? findSeq(said.data.eventId) : null;
    const row = seq === null ? undefined : (findEvent.get(seq) as OutcomeRow | undefined);
    if (said === null || row === undefined) return false;
    const { effect, status, replay = false } = said.data;
    // A replay is announced with what it did, which the outcome of the first time does not tell.
    const applied = replay ? { effect, status } : { effect: row.effect ?? "none", status: row.status_to };
    return isDeepStrictEqual(said, JSON.parse(JSON.stringify(announce(readEvent(row), { ...applied, replay }))));
  }
}

function parse(text: string): Announcement | null {
  try {
    return JSON.parse(text) as Announcement | null;
  } catch {
    return null;
  }
}
