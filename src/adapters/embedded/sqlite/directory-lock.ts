import { join } from "node:path";
import { StoreError } from "../../../domain/errors.ts";
import { asStoreError, openDatabase } from "./sqlite-driver.ts";

export const LOCK_FILE = "inbox.lock";

/**
 * Holds a data directory for this process: an open exclusive transaction on a file of its own. The operating system
 * lets go of it whatever way the process ends. Throws a `StoreError` with fault `locked` when another process holds it.
 */
export function lockDirectory(dataDir: string): { release(): void } {
  const db = openDatabase(join(dataDir, LOCK_FILE), "write");
  try {
    db.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  } catch (thrown) {
    db.close();
    const error = asStoreError(thrown);
    if (error instanceof StoreError && error.fault === "locked") {
      throw new StoreError("locked", `Another process uses the data directory ${dataDir}.`, { cause: thrown });
    }
    throw error;
  }
  return { release: () => db.close() };
}
