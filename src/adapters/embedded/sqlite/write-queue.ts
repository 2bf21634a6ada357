import type { Transaction } from "../../../domain/transaction.ts";
import type { Claim, Failure } from "../../../ports/queue.ts";
import type { AuditChain } from "./audit-chain.ts";
import { EVENT_COLUMNS, type EventRow, readEvent } from "./event-row.ts";
import { type LaneRow, Lanes } from "./lanes.ts";
import type { Database } from "./sqlite-driver.ts";
import type { TransactionRows } from "./transaction-rows.ts";
import type { Unit } from "./unit.ts";

/** A claim as this store hands it out: the receipt is the event's number. */
export type QueueClaim = Claim & { readonly receipt: number };

export interface QueueWriter {
  claim(unit: Unit, limit: number, mode: "exclusive" | "batch"): readonly QueueClaim[];
  begin(claim: QueueClaim, startedAt: number): { attempt: number; transaction: Transaction | undefined };
  retry(unit: Unit, claim: QueueClaim, failure: Failure, delayMs: number): void;
  giveUp(unit: Unit, claim: QueueClaim, failure: Failure): void;
  /** The event was settled by the ledger in this transaction: it leaves the queue. */
  finish(unit: Unit, claim: QueueClaim): void;
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

type QueueRow = EventRow & { readonly attempts: number; readonly replay: number };

export function openQueueWriter(
  db: Database,
  audit: AuditChain,
  transactions: TransactionRows,
  onReady: () => void,
): QueueWriter {
  const columns = EVENT_COLUMNS.replace(/\w+/g, "e.$&");
  const select = `SELECT ${columns}, q.attempts, q.replay FROM queue q JOIN events e ON e.seq = q.seq`;
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
  let depth = (db.prepare("SELECT count(*) AS count FROM queue").get() as { count: number }).count;

  return {
    claim(unit, limit, mode) {
      const taken = lanes.take(limit, mode);
      unit.onRollback(() => lanes.untake(taken));
      return taken.map(({ row }) => ({
        event: readEvent(row),
        attempts: row.attempts,
        replay: row.replay === 1,
        receipt: row.seq,
      }));
    },

    begin(claim, startedAt) {
      const { attempts } = count.get(claim.receipt) as { attempts: number };
      const { n } = lastAttempt.get(claim.receipt) as { n: number };
      start.run(claim.receipt, n + 1, startedAt);
      const id = claim.event.transactionId;
      return { attempt: attempts, transaction: id === null ? undefined : transactions.find(id)?.transaction };
    },

    retry(unit, claim, failure, delayMs) {
      end.run(failure.endedAt, "failed", failure.error, claim.receipt, claim.receipt);
      unit.afterCommit(() => lanes.postpone(laneOf(claim), claim.receipt, delayMs));
    },

    giveUp(unit, claim, failure) {
      end.run(failure.endedAt, "failed", failure.error, claim.receipt, claim.receipt);
      if (keepsOutcome.get(claim.receipt) === undefined) {
        insertOutcome.run(claim.receipt, failure.error, failure.endedAt, failure.endedAt);
        insertDead.run(claim.receipt, failure.endedAt, failure.error);
      }
      const { eventId, source } = claim.event;
      audit.append(unit, failure.endedAt, { actor: source, action: "event.dead", target: eventId, outcome: "dead" });
      this.finish(unit, claim);
    },

    finish(unit, claim) {
      remove.run(claim.receipt);
      unit.afterCommit(() => {
        depth--;
        lanes.done(laneOf(claim));
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
}

function inLane(row: QueueRow): LaneRow<QueueRow> {
  return { number: row.seq, lane: row.transaction_id ?? `#${row.seq}`, row };
}

function laneOf(claim: QueueClaim): string {
  return claim.event.transactionId ?? `#${claim.receipt}`;
}
