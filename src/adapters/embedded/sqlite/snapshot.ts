import { existsSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../../../domain/errors.ts";
import { asStoreError, type Database, openDatabase } from "./sqlite-driver.ts";
import { DATABASE_FILE } from "./store.ts";

/**
 * Opens a data directory for reading, beside an inbox that runs or without one, and gives the store as it is at this
 * moment, whatever is written meanwhile. While it is open the store's log only grows. Throws a `StoreError`, also when
 * there is no store.
 */
export function openSnapshot(dataDir: string): Database {
  const path = join(dataDir, DATABASE_FILE);
  if (!existsSync(path)) throw new StoreError("unavailable", `There is no inbox in ${dataDir}.`);
  const db = openDatabase(path, "read");
  try {
    db.exec("PRAGMA busy_timeout = 2000; PRAGMA cache_size = -65536; PRAGMA query_only = ON; BEGIN");
    // The moment is that of the first look.
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    return db;
  } catch (error) {
    db.close();
    throw asStoreError(error);
  }
}
