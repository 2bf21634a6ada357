import type { PaymentEvent } from "../../../domain/payment-event.ts";
import type { Transaction } from "../../../domain/transaction.ts";
import type { Failure } from "../../../ports/queue.ts";
import type { AuditChain } from "./audit-chain.ts";
import { EVENT_COLUMNS, type EventRow, eventOf, readEvent, rowValues } from "./event-row.ts";
import { type LaneRow, Lanes } from "./lanes.ts";
import type { Database } from "./sqlite-driver.ts";
import type { TransactionRows } from "./transaction-rows.ts";
import type { Unit } from "./unit.ts";
import type { ClaimRow } from "./wire.ts";

export interface QueueWriter {
  claim(limit: number, mode: "exclusive" | "batch"): readonly ClaimRow[];
  begin(seq: number, startedAt: number): { attempt: number; transaction: Transaction | undefined };
  retry(unit: Unit, seq: number, failure: Failure, delayMs: number): void;
  giveUp(unit: Unit, seq: number, failure: Failure): void;
  /** The claim that is out under this number. */
  claimed(seq: number): Claimed;
  /** The event was brought to its end in this transaction: it leaves the queue. */
  finish(unit: Unit, seq: number): void;
  enqueue(
    unit: Unit,
    seq: number,
    why: "redrive" | "replay" | "repair",
    actor: string,
    at: number,
  ): "queued" | "already_queued" | "not_dead";
  /** Rows in the queue. */
  depth(): number;
  grow(count: number): void;
  close(): void;
}

export interface Claimed {
  readonly event: PaymentEvent;
  readonly replay: boolean;
}

type QueueRow = EventRow & { readonly seq: number; readonly attempts: number; readonly replay: number };

export function openQueueWriter(
  db: Database,
  audit: AuditChain,
  transactions: TransactionRows,
  onReady: () => void,
): QueueWriter {
  const columns = EVENT_COLUMNS.replace(/\w+/g, "e.$&");
  const select = `SELECT e.seq, ${columns}, q.attempts, q.replay FROM queue q JOIN events e ON e.seq = q.seq`;
  const scanRows = db.prepare(`${select} WHERE q.seq > ? ORDER BY q.seq LIMIT ?`);
  const loadRow = db.prepare(`${select} WHERE q.seq = ?`);
  const insert = db.prepare("INSERT INTO queue (seq, replay) VALUES (?, ?)");
  const isQueued = db.prepare("SELECT 1 FROM queue WHERE seq = ?");
  const isDead = db.prepare("SELECT 1 FROM dead_letters WHERE seq = ?");
  const remove = db.prepare("DELETE FROM queue WHERE seq = ?");
  const count = db.prepare("UPDATE queue SET attempts = attempts + 1 WHERE seq = ? RETURNING attempts");
  const start = db.prepare("INSERT INTO attempts (seq, n, started_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const end = db.prepare(
    `UPDATE attempts SET ended_at = ?, outcome = ?, error = ?
     WHERE seq = ? AND n = (SELECT max(n) FROM attempts WHERE seq = ?) AND ended_at IS NULL`,
  );
  const lastAttempt = db.prepare("SELECT coalesce(max(n), 0) AS n FROM attempts WHERE seq = ?");
  const insertDead = db.prepare(
    "INSERT INTO dead_letters (seq, dead_at, error) VALUES (?, ?, ?) ON CONFLICT (seq) DO UPDATE SET dead_at = excluded.dead_at, error = excluded.error, archive_key = NULL",
  );
  const removeDead = db.prepare("DELETE FROM dead_letters WHERE seq = ?");
  const insertOutcome = db.prepare(
    "INSERT OR REPLACE INTO outcomes (seq, status, reason, started_at, ended_at) VALUES (?, 'dead', ?, ?, ?)",
  );
  // A replay of a processed event that dies must not take the event's place in its payment's history away.
  const keepsOutcome = db.prepare("SELECT 1 FROM outcomes WHERE seq = ? AND status = 'processed'");
  const removeOutcome = db.prepare("DELETE FROM outcomes WHERE seq = ? AND status <> 'processed'");
  db.prepare("UPDATE attempts SET outcome = 'interrupted' WHERE ended_at IS NULL AND outcome IS NULL").run();

  const lanes = new Lanes<QueueRow>(
    {
      scan: (after, limit) => (scanRows.all(after, limit) as QueueRow[]).map(inLane),
      load: (seq) => {
        const row = loadRow.get(seq) as QueueRow | undefined;
        return row === undefined ? null : inLane(row);
      },
    },
    onReady,
  );
  const out = new Map<number, Claimed>();
  let depth = (db.prepare("SELECT count(*) AS count FROM queue").get() as { count: number }).count;

  return {
    claim(limit, mode) {
      const taken = lanes.take(limit, mode);
      return taken.map(({ number, row }) => {
        const values = rowValues(row);
        out.set(number, { event: eventOf(values), replay: row.replay === 1 });
        return [number, row.attempts, row.replay === 1, values];
      });
    },

    begin(seq, startedAt) {
      const { attempts } = count.get(seq) as { attempts: number };
      const { n } = lastAttempt.get(seq) as { n: number };
      start.run(seq, n + 1, startedAt);
      const id = claimed(seq).event.transactionId;
      return { attempt: attempts, transaction: id === null ? undefined : transactions.find(id)?.transaction };
    },

    retry(unit, seq, failure, delayMs) {
      const { event } = claimed(seq);
      end.run(failure.endedAt, "failed", failure.error, seq, seq);
      unit.afterCommit(() => {
        out.delete(seq);
        lanes.postpone(laneOf(event.transactionId, seq), seq, delayMs);
      });
    },

    giveUp(unit, seq, failure) {
      const { eventId, source } = claimed(seq).event;
      end.run(failure.endedAt, "failed", failure.error, seq, seq);
      if (keepsOutcome.get(seq) === undefined) {
        insertOutcome.run(seq, failure.error, failure.endedAt, failure.endedAt);
        insertDead.run(seq, failure.endedAt, failure.error);
      }
      audit.append(unit, failure.endedAt, { actor: source, action: "event.dead", target: eventId, outcome: "dead" });
      this.finish(unit, seq);
    },

    claimed,

    finish(unit, seq) {
      const { event } = claimed(seq);
      remove.run(seq);
      unit.afterCommit(() => {
        depth--;
        out.delete(seq);
        lanes.done(laneOf(event.transactionId, seq));
      });
    },

    enqueue(unit, seq, why, actor, at) {
      if (isQueued.get(seq) !== undefined) return "already_queued";
      if (why === "redrive" && isDead.get(seq) === undefined) return "not_dead";
      insert.run(seq, why === "replay" ? 1 : 0);
      removeDead.run(seq);
      removeOutcome.run(seq);
      const row = loadRow.get(seq) as QueueRow;
      const claim = inLane(row);
      const action = why === "replay" ? "event.replayed" : "event.redriven";
      audit.append(unit, at, { actor, action, target: readEvent(row).eventId, outcome: "queued" });
      unit.afterCommit(() => {
        depth++;
        lanes.add(claim.lane, seq);
        onReady();
      });
      return "queued";
    },

    depth: () => depth,
    grow: (added) => {
      depth += added;
    },
    close: () => lanes.close(),
  };

  function claimed(seq: number): Claimed {
    const found = out.get(seq);
    if (found === undefined) throw new Error(`Event number ${seq} is not claimed.`);
    return found;
  }
}

function inLane(row: QueueRow): LaneRow<QueueRow> {
  return { number: row.seq, lane: laneOf(row.transaction_id, row.seq), row };
}

/** A payment; an event of none has a lane of its own. */
function laneOf(transactionId: string | null, seq: number): string {
  return transactionId ?? `#${seq}`;
}
