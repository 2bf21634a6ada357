import type { DestinationStanding } from "../../../ports/announcer.ts";
import { isoTime } from "./event-row.ts";
import type { Database } from "./sqlite-driver.ts";

interface StandingRow {
  readonly name: string;
  readonly paused: number;
  readonly delivered: number;
  readonly failed: number;
  readonly failures_in_row: number;
  readonly last_delivered_at: number | null;
  readonly last_error: string | null;
}

interface WaitingRow {
  readonly name: string;
  readonly pending: number;
  readonly oldest: number | null;
  readonly abandoned: number;
}

/** How the destinations stand that the store knows of: those that were told, paused or are still to be told something. */
export function readStandings(db: Database): readonly DestinationStanding[] {
  const known = db.prepare("SELECT * FROM destinations").all() as StandingRow[];
  const waiting = db
    .prepare(
      `SELECT destination AS name, count(*) FILTER (WHERE abandoned_at IS NULL) AS pending,
         min(added_at) FILTER (WHERE abandoned_at IS NULL) AS oldest,
         count(abandoned_at) AS abandoned
       FROM outbox GROUP BY destination`,
    )
    .all() as WaitingRow[];
  const names = new Set([...known, ...waiting].map((row) => row.name));
  return [...names].sort().map((destination) => {
    const row = known.find(({ name }) => name === destination);
    const outbox = waiting.find(({ name }) => name === destination);
    return {
      destination,
      paused: row?.paused === 1,
      pending: outbox?.pending ?? 0,
      oldestPendingAt: timeOf(outbox?.oldest),
      delivered: row?.delivered ?? 0,
      failed: row?.failed ?? 0,
      failuresInRow: row?.failures_in_row ?? 0,
      abandoned: outbox?.abandoned ?? 0,
      lastDeliveredAt: timeOf(row?.last_delivered_at),
      lastError: row?.last_error ?? null,
    };
  });
}

function timeOf(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : isoTime(at);
}
