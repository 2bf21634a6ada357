import { type AuditRow, linkHash } from "./audit-chain.ts";
import { openSnapshot } from "./snapshot.ts";
import type { Database } from "./sqlite-driver.ts";

/** A record of the chain with its hash in lower-case hex and `at` in epoch milliseconds. */
export type StoredRecord = Omit<AuditRow, "hash"> & { readonly hash: string };

/** Gives every record of a data directory's audit chain, in order. Throws a `StoreError`. */
export function readChain(dataDir: string, visit: (record: StoredRecord) => void): void {
  const db = openSnapshot(dataDir);
  try {
    eachRecord(db, visit);
  } finally {
    db.close();
  }
}

export function eachRecord(db: Database, visit: (record: StoredRecord) => void): void {
  // As floats, because a driver refuses integers beyond 2^53, and someone may have written one.
  const page = db.prepare(
    `SELECT seq * 1.0 AS seq, at * 1.0 AS at, actor, action, target, outcome, hash FROM audit
     WHERE seq > ? ORDER BY audit.seq LIMIT 1000`,
  );
  let after = -Number.MAX_VALUE;
  for (;;) {
    const rows = page.all(after) as AuditRow[];
    for (const row of rows) visit({ ...row, hash: Buffer.from(row.hash).toString("hex") });
    const last = rows.at(-1)?.seq ?? after;
    if (last <= after) return;
    after = last;
  }
}

/** The hash that a record after `previous` must have; both in lower-case hex. */
export function linkHashHex(previous: string, record: Omit<AuditRow, "hash">): string {
  return Buffer.from(linkHash(Buffer.from(previous, "hex"), record)).toString("hex");
}
