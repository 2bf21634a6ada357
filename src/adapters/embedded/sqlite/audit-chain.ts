import { hash } from "node:crypto";
import type { AuditEntry } from "../../../ports/audit-log.ts";
import type { Database } from "./sqlite-driver.ts";
import type { Unit } from "./unit.ts";

/** One row of `audit`; each hash covers the row and the hash before it. */
export interface AuditRow {
  readonly seq: number;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: string;
  readonly hash: Uint8Array;
}

export interface AuditChain {
  /** Adds a record to the transaction that is open. `at` is epoch milliseconds. */
  append(unit: Unit, at: number, entry: AuditEntry): void;
}

/** What stands before the first record. */
export const GENESIS = new Uint8Array(32);

export function openAuditChain(db: Database): AuditChain {
  const insert = db.prepare(
    "INSERT INTO audit (seq, at, actor, action, target, outcome, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const last = db.prepare("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").get() as
    | { seq: number; hash: Uint8Array }
    | undefined;
  let head = { seq: last?.seq ?? 0, hash: last?.hash ?? GENESIS };
  return {
    append(unit, at, { actor, action, target, outcome }) {
      const before = head;
      unit.onRollback(() => {
        // Undone in reverse order, so the head ends where the transaction found it.
        head = before;
      });
      const seq = before.seq + 1;
      head = { seq, hash: linkHash(before.hash, { seq, at, actor, action, target, outcome }) };
      insert.run(seq, at, actor, action, target, outcome, head.hash);
    },
  };
}

/** SHA-256 over the hash before and the record's fields, in this order, as JSON. */
export function linkHash(previous: Uint8Array, row: Omit<AuditRow, "hash">): Uint8Array {
  const text = JSON.stringify([row.seq, row.at, row.actor, row.action, row.target, row.outcome]);
  return hash("sha256", Buffer.concat([previous, Buffer.from(text)]), "buffer");
}
