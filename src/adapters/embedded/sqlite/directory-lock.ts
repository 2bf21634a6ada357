import { statSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../../../domain/errors.ts";
import { makePrivateFile } from "./private-file.ts";
import { asStoreError, type Database, openDatabase } from "./sqlite-driver.ts";

export const LOCK_FILE = "inbox.lock";

export interface LockOptions {
  readonly dataDir: string;
  /** The lock's file was taken away, and another process made and locked one of its own. */
  readonly onLost: () => void;
}

// How soon a lock whose file was taken away is taken again; who finds no file waits until that has surely happened.
const LOOK_MS = 250;
const PATIENCE_MS = 3 * LOOK_MS;

/**
 * Holds a data directory for this process: an open exclusive transaction on a file of its own, which is made again when
 * somebody takes it away. The operating system lets go of it whatever way the process ends. Throws a `StoreError`
 * with fault `locked` when another process holds it.
 */
export function lockDirectory({ dataDir, onLost }: LockOptions): { release(): void } {
  const path = join(dataDir, LOCK_FILE);
  let db = take(path, dataDir);
  let file = identityOf(path);
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  let released = false;
  return { release };

  function release(): void {
    if (released) return;
    released = true;
    clearInterval(timer);
    db.close();
  }

  function look(): void {
    const now = identityOf(path);
    if (now === file) return;
    try {
      const again = take(path, dataDir);
      db.close();
      db = again;
      file = identityOf(path);
    } catch (error) {
      // Anything else, such as a full disk, is tried again.
      if (!(error instanceof StoreError && error.fault === "locked")) return;
      clearInterval(timer);
      onLost();
    }
  }
}

/**
 * Resolves when it can be told whether a process holds the directory of this database. Where the database is and its
 * lock's file is not, a process that runs may be about to make it again.
 */
export async function awaitLockFile(dataDir: string, database: string): Promise<void> {
  if (identityOf(join(dataDir, LOCK_FILE)) !== null || identityOf(database) === null) return;
  await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
}

function take(path: string, dataDir: string): Database {
  makePrivateFile(path);
  const db = openDatabase(path, "write");
  try {
    db.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
    return db;
  } catch (thrown) {
    db.close();
    const error = asStoreError(thrown);
    if (error instanceof StoreError && error.fault === "locked") {
      throw new StoreError("locked", `Another process uses the data directory ${dataDir}.`, { cause: thrown });
    }
    throw error;
  }
}

function identityOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}
