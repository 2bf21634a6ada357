import { isDeepStrictEqual } from "node:util";
import { apply, statusOf, type Transaction } from "../../../domain/transaction.ts";
import type { Check } from "../../../ports/integrity.ts";
import { EVENT_COLUMNS, type EventRow, readEvent } from "./event-row.ts";
import { type Findings, gatherFindings } from "./findings.ts";
import { idOfTransaction } from "./keys.ts";
import { SeqSet } from "./seq-set.ts";
import type { Database } from "./sqlite-driver.ts";

interface TransactionRow {
  readonly id: number;
  readonly transaction_id: string;
  readonly provider: string;
  readonly status: string;
  readonly state: string;
  readonly last_seq: number | null;
}

type AppliedRow = EventRow & {
  readonly seq: number;
  readonly effect: string | null;
  readonly status_from: string | null;
  readonly status_to: string | null;
  readonly previous: number | null;
};

/** Makes every transaction anew from its events, in the order of its history, and compares. */
export function checkLedger(db: Database, onProgress: (transactions: number) => void): Check {
  const findings = gatherFindings();
  const applied = new SeqSet();
  const readHistory = openHistory(db, applied);
  const findId = idOfTransaction(db);
  const page = db.prepare(
    `SELECT id * 1.0 AS id, transaction_id, provider, status, state, last_seq * 1.0 AS last_seq FROM transactions
     WHERE id > ? ORDER BY transactions.id LIMIT 500`,
  );
  let count = 0;
  let after = -Number.MAX_VALUE;
  for (;;) {
    const batch = page.all(after) as TransactionRow[];
    for (const row of batch) {
      checkTransaction(row, readHistory(row, findings), findings);
      if (findId(row.transaction_id) !== row.id) findings.add(row.transaction_id, "is not found by its id");
    }
    count += batch.length;
    onProgress(count);
    const last = batch.at(-1)?.id ?? after;
    if (last <= after) break;
    after = last;
  }
  findForgotten(db, applied, findings);
  return findings.check("ledger", `${count} transactions follow from their events`);
}

function checkTransaction(row: TransactionRow, history: readonly AppliedRow[], findings: Findings): void {
  const id = row.transaction_id;
  let transaction: Transaction | undefined;
  for (const entry of history) {
    const event = readEvent(entry);
    const result = apply(transaction, event);
    if (result.kind === "quarantined") {
      findings.add(event.eventId, `is in the history of ${id} and cannot be applied (${result.reason})`);
      continue;
    }
    if (entry.effect !== result.effect || entry.status_from !== result.from || entry.status_to !== result.to) {
      findings.add(event.eventId, `its outcome is not what it did to ${id}`);
    }
    transaction = result.transaction;
  }
  if (transaction === undefined) findings.add(id, "has no event that made it");
  else if (!isSameState(row.state, transaction)) findings.add(id, "its state is not what its events make of it");
  else if (row.status !== statusOf(transaction) || row.provider !== transaction.provider) {
    findings.add(id, "its status or provider is not that of its state");
  }
}

function isSameState(stored: string, transaction: Transaction): boolean {
  if (stored === JSON.stringify(transaction)) return true;
  try {
    return isDeepStrictEqual(JSON.parse(stored), JSON.parse(JSON.stringify(transaction)));
  } catch {
    return false;
  }
}

/** Follows the chain of outcomes from the newest to the first; gives them oldest first. */
function openHistory(
  db: Database,
  applied: SeqSet,
): (row: TransactionRow, findings: Findings) => readonly AppliedRow[] {
  const find = db.prepare(
    `SELECT e.seq * 1.0 AS seq, ${EVENT_COLUMNS.replace(/\w+/g, "e.$&")}, o.effect, o.status_from, o.status_to,
       o.previous * 1.0 AS previous
     FROM outcomes o JOIN events e ON e.seq = o.seq WHERE o.seq = ? AND o.status = 'processed'`,
  );
  return ({ transaction_id: id, last_seq }, findings) => {
    const history: AppliedRow[] = [];
    for (let seq = last_seq; seq !== null; ) {
      const row = find.get(seq) as AppliedRow | undefined;
      if (row === undefined || row.transaction_id !== id) {
        findings.add(
          id,
          `event number ${seq} of its history ${row === undefined ? "is gone" : "is another payment's"}`,
        );
        break;
      }
      if (!applied.add(seq)) {
        findings.add(id, `event number ${seq} comes twice in its history`);
        break;
      }
      history.push(row);
      seq = row.previous;
    }
    return history.reverse();
  };
}

/** Events that were applied and that no transaction knows of. */
function findForgotten(db: Database, applied: SeqSet, findings: Findings): void {
  const page = db.prepare(
    `SELECT o.seq * 1.0 AS seq, e.source || ':' || e.provider_event_id AS id, e.transaction_id AS payment
     FROM outcomes o JOIN events e ON e.seq = o.seq
     WHERE o.seq > ? AND o.status = 'processed' AND e.transaction_id IS NOT NULL AND e.type <> 'other'
     ORDER BY o.seq LIMIT 1000`,
  );
  let after = -Number.MAX_VALUE;
  for (;;) {
    const rows = page.all(after) as { seq: number; id: string; payment: string }[];
    for (const { seq, id, payment } of rows) {
      if (!applied.has(seq)) findings.add(id, `was applied and is missing from the history of ${payment}`);
    }
    const last = rows.at(-1)?.seq ?? after;
    if (last <= after) return;
    after = last;
  }
}
