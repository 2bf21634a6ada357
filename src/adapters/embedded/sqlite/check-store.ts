import { readdirSync } from "node:fs";
import { StoreError } from "../../../domain/errors.ts";
import type { Check } from "../../../ports/integrity.ts";
import { checkLedger } from "./check-ledger.ts";
import { checkLinks } from "./check-links.ts";
import { checkOutbox } from "./check-outbox.ts";
import { openReceiptCheck } from "./check-receipts.ts";
import { checkStates } from "./check-states.ts";
import { openSnapshot } from "./snapshot.ts";
import { asStoreError, type Database } from "./sqlite-driver.ts";
import { eachRecord, type StoredRecord } from "./verify-chain.ts";

export interface StoreCheckOptions {
  readonly dataDir: string;
  /** Gets every record of the audit chain, in order: the chain itself is judged elsewhere. */
  readonly onRecord: (record: StoredRecord) => void;
  /** Told now and then what is being looked at and how far it is. */
  readonly onProgress: (what: string, count: number) => void;
}

/**
 * Checks everything that a store says against everything else that it says, as of one moment, beside a running inbox or
 * without one. Reads only, in bounded memory. Throws a `StoreError` when the store cannot be opened; a damaged file is a
 * finding.
 */
export function checkStore(options: StoreCheckOptions): readonly Check[] {
  let db: Database;
  try {
    db = openSnapshot(options.dataDir);
  } catch (error) {
    if (!(error instanceof StoreError) || error.fault !== "corrupt") throw error;
    return [broken("database", error)];
  }
  try {
    return [...checkDatabase(db, options)];
  } finally {
    db.close();
  }
}

function* checkDatabase(db: Database, { onRecord, onProgress }: StoreCheckOptions): Generator<Check> {
  onProgress("database", 0);
  yield attempt("database", () => checkPages(db));
  try {
    const receipts = openReceiptCheck(db);
    eachRecord(db, (record) => {
      if (record.seq % 10_000 === 0) onProgress("audit records", record.seq);
      onRecord(record);
      receipts.add(record);
    });
    const { checks, trail } = receipts.end();
    yield* checks;
    onProgress("events", 0);
    yield attempt("queue", () => checkStates(db, trail));
  } catch (error) {
    yield broken("events", error);
  }
  yield attempt("ledger", () => checkLedger(db, (count) => onProgress("transactions", count)));
  yield attempt("tables", () => checkLinks(db));
  yield attempt("outbox", () => checkOutbox(db));
}

function checkPages(db: Database): Check {
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  const known = readdirSync(new URL("./migrations/", import.meta.url)).length;
  if (version > known) {
    return broken("database", new Error(`it has schema ${version}, and this Strongroom knows up to ${known}`));
  }
  const lines = db.prepare("PRAGMA integrity_check(100)").all() as { integrity_check: string }[];
  const wrong = lines.map((line) => line.integrity_check).filter((line) => line !== "ok");
  if (wrong.length === 0) return { name: "database", ok: true, detail: `sound, schema ${version}` };
  const problems = wrong.map((problem) => ({ target: "database", problem }));
  return { name: "database", ok: false, detail: "SQLite finds the file damaged", problems };
}

/** A damaged file can fail any query, and the other checks are wanted all the same. */
function attempt(name: string, check: () => Check): Check {
  try {
    return check();
  } catch (error) {
    return broken(name, error);
  }
}

function broken(name: string, thrown: unknown): Check {
  const problem = (asStoreError(thrown) as Error).message;
  return { name, ok: false, detail: "could not be looked at", problems: [{ target: name, problem }] };
}
