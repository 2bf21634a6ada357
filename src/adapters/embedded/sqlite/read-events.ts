import type { Attempt, EventStatus } from "../../../domain/event-state.ts";
import type { Effect, TransactionStatus } from "../../../domain/transaction.ts";
import type { EventFilter, EventRecord, Page, PageRequest } from "../../../ports/event-store.ts";
import { eventConditions } from "./event-conditions.ts";
import { EVENT_COLUMNS, type EventRow, isoTime, readEvent } from "./event-row.ts";
import type { Database } from "./sqlite-driver.ts";

type FullRow = EventRow & {
  readonly seq: number;
  readonly body_sha256: Uint8Array;
  readonly body_bytes: number;
  readonly redacted: number;
  readonly headers: string;
  readonly has_payload: number;
  readonly copies: number | null;
  readonly status: EventStatus;
  readonly effect: Effect | null;
  readonly status_from: TransactionStatus | null;
  readonly status_to: TransactionStatus | null;
  readonly reason: string | null;
  readonly started_at: number | null;
  readonly ended_at: number | null;
};

// A redriven or replayed event is in the queue again; until it was processed for the first time it is `received`.
const SELECT = `SELECT e.seq, ${EVENT_COLUMNS.replace(/\w+/g, "e.$&")}, e.body_sha256, e.body_bytes, e.redacted, e.headers,
    EXISTS (SELECT 1 FROM payloads p WHERE p.seq = e.seq AND p.wiped = 0) AS has_payload, c.count AS copies,
    coalesce(o.status, 'received') AS status, o.effect, o.status_from, o.status_to, o.reason, o.started_at, o.ended_at
  FROM events e LEFT JOIN outcomes o ON o.seq = e.seq LEFT JOIN copies c ON c.seq = e.seq`;

export interface EventReader {
  get(eventId: string): EventRecord | null;
  payload(eventId: string): Uint8Array | null;
  list(filter: EventFilter, page: PageRequest): Page<EventRecord>;
}

export function openEventReader(db: Database, findSeq: (eventId: string) => number | null): EventReader {
  const one = db.prepare(`${SELECT} WHERE e.seq = ? AND e.deleted_at IS NULL`);
  const body = db.prepare("SELECT body FROM payloads WHERE seq = ? AND wiped = 0");
  const attempts = db.prepare("SELECT n, started_at, ended_at, outcome, error FROM attempts WHERE seq = ? ORDER BY n");

  return {
    get(eventId) {
      const seq = findSeq(eventId);
      const row = seq === null ? undefined : (one.get(seq) as FullRow | undefined);
      return row === undefined ? null : readRecord(row);
    },
    payload(eventId) {
      const seq = findSeq(eventId);
      const row = seq === null ? undefined : (body.get(seq) as { body: Uint8Array } | undefined);
      return row?.body ?? null;
    },
    list(filter, { cursor, limit }) {
      const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
      const { where, values } = eventConditions(filter);
      const rows = db
        .prepare(`${SELECT} WHERE e.seq < ? AND e.deleted_at IS NULL${where} ORDER BY e.seq DESC LIMIT ?`)
        .all(before, ...values, limit + 1) as FullRow[];
      const items = rows.slice(0, limit);
      return {
        items: items.map(readRecord),
        nextCursor: rows.length > limit ? String((items.at(-1) as FullRow).seq) : null,
      };
    },
  };

  function readRecord(row: FullRow): EventRecord {
    return {
      event: readEvent(row),
      status: row.status,
      processedAt: row.status === "processed" && row.ended_at !== null ? isoTime(row.ended_at) : null,
      deadAt: row.status === "dead" && row.ended_at !== null ? isoTime(row.ended_at) : null,
      effect: row.effect,
      statusFrom: row.status_from,
      statusTo: row.status_to,
      reason: row.reason,
      attempts: readAttempts(row),
      copies: row.copies ?? 1,
      bodySha256: Buffer.from(row.body_sha256).toString("hex"),
      bodyBytes: row.body_bytes,
      redacted: row.redacted === 1,
      headers: JSON.parse(row.headers) as Record<string, string>,
      hasPayload: row.has_payload === 1,
    };
  }

  function readAttempts(row: FullRow): Attempt[] {
    const kept = attempts.all(row.seq) as {
      n: number;
      started_at: number;
      ended_at: number | null;
      outcome: Attempt["outcome"];
      error: string | null;
    }[];
    if (kept.length > 0) {
      return kept.map((attempt) => ({
        n: attempt.n,
        startedAt: isoTime(attempt.started_at),
        endedAt: attempt.ended_at === null ? null : isoTime(attempt.ended_at),
        outcome: attempt.outcome,
        error: attempt.error,
      }));
    }
    if (row.status !== "processed" || row.started_at === null || row.ended_at === null) return [];
    const [startedAt, endedAt] = [isoTime(row.started_at), isoTime(row.ended_at)];
    return [{ n: 1, startedAt, endedAt, outcome: "succeeded", error: null }];
  }
}
