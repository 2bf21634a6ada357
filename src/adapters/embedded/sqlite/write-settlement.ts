import { announce } from "../../../domain/announcement.ts";
import { type Application, apply } from "../../../domain/transaction.ts";
import type { AuditChain } from "./audit-chain.ts";
import type { Database } from "./sqlite-driver.ts";
import type { TransactionRows } from "./transaction-rows.ts";
import type { Unit } from "./unit.ts";
import type { SettledRow, SettlementRow } from "./wire.ts";
import type { OutboxWriter } from "./write-outbox.ts";
import type { QueueWriter } from "./write-queue.ts";

export interface SettlementWriter {
  /** Ledger, mark, announcement and the end of the queue row, all in the transaction that is open. */
  settle(unit: Unit, settlement: SettlementRow, at: number): SettledRow;
}

export function openSettlementWriter(
  db: Database,
  parts: { audit: AuditChain; transactions: TransactionRows; queue: QueueWriter; outbox: OutboxWriter },
): SettlementWriter {
  const { audit, transactions, queue, outbox } = parts;
  const insertOutcome = db.prepare(
    `INSERT INTO outcomes (seq, status, effect, status_from, status_to, reason, started_at, ended_at, previous)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const endAttempt = db.prepare(
    "UPDATE attempts SET ended_at = ?, outcome = 'succeeded' WHERE seq = ? AND ended_at IS NULL AND outcome IS NULL",
  );

  return {
    settle(unit, [seq, attempt, startedAt, destinations], at) {
      const { event, replay } = queue.claimed(seq);
      const known = event.transactionId === null ? null : transactions.find(event.transactionId);
      const applied = apply(known?.transaction, event);
      if (attempt > 0) endAttempt.run(at, seq);
      // On a replay the first outcome stands: it is the event's place in the payment's history.
      const { changes } = insertOutcome.run(...outcomeValues(seq, applied, startedAt, at, known?.lastSeq ?? null));
      const first = changes !== 0;
      queue.finish(unit, seq);
      if (applied.kind === "quarantined") {
        audit.append(unit, at, {
          actor: event.source,
          action: "event.quarantined",
          target: event.eventId,
          outcome: applied.reason,
        });
        return ["quarantined", applied.reason, null, null];
      }
      if (applied.transaction !== undefined && event.transactionId !== null) {
        const lastSeq = first ? seq : (known?.lastSeq ?? seq);
        if (applied.effect !== "none" || first) transactions.save(unit, known, applied.transaction, lastSeq, at);
      }
      const announcement = announce(event, { effect: applied.effect, status: applied.to, replay });
      for (const destination of destinations) outbox.add(unit, destination, announcement, at);
      audit.append(unit, at, {
        actor: event.source,
        action: "event.processed",
        target: event.eventId,
        outcome: applied.effect,
      });
      return ["processed", applied.effect, applied.from, applied.to];
    },
  };
}

function outcomeValues(seq: number, applied: Application, startedAt: number, at: number, previous: number | null) {
  return applied.kind === "quarantined"
    ? ([seq, "quarantined", null, null, null, applied.reason, startedAt, at, null] as const)
    : ([seq, "processed", applied.effect, applied.from, applied.to, null, startedAt, at, previous] as const);
}
