import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { open, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StoreError } from "../../../domain/errors.ts";
import { syncDirectory } from "../archive/durable-file.ts";
import { type AuditHead, openAuditReader } from "./read-audit.ts";
import { asStoreError, type Database, openDatabase } from "./sqlite-driver.ts";
import { DATABASE_FILE } from "./store.ts";

export interface Backup {
  readonly bytes: number;
  readonly events: number;
  /** The newest record of the audit chain in the copy; null when there is none. */
  readonly auditHead: AuditHead | null;
}

/**
 * Copies a store, as it is at one moment, into one file, beside a running inbox or without one. The copy is checked,
 * synced and 0600 before it has its name; after a crash there is at most an empty file and one ending in `.tmp`.
 * Rejects with a `StoreError`, or with the file system's error, `EEXIST` when `target` is there already.
 */
export async function backUp(dataDir: string, target: string): Promise<Backup> {
  const place = await open(target, "wx", 0o600);
  await place.close();
  const temporary = join(dirname(target), `.${randomBytes(12).toString("hex")}.tmp`);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      // Whatever the umask took away.
      await file.chmod(0o600);
      const copied = copyTo(temporary, dataDir);
      await file.sync();
      const backup = { ...copied, bytes: (await stat(temporary)).size };
      await rename(temporary, target);
      await syncDirectory(dirname(target));
      return backup;
    } finally {
      await file.close();
    }
  } catch (error) {
    for (const path of [temporary, target]) await unlink(path).catch(() => {});
    throw asStoreError(error);
  }
}

function copyTo(target: string, dataDir: string): Omit<Backup, "bytes"> {
  const path = join(dataDir, DATABASE_FILE);
  if (!existsSync(path)) throw new StoreError("unavailable", `There is no inbox in ${dataDir}.`);
  const source = openDatabase(path, "read");
  try {
    source.exec("PRAGMA busy_timeout = 2000");
    // One reading transaction, so the copy is of one moment; it also leaves behind what was deleted.
    source.prepare("VACUUM INTO ?").run(target);
    return checkCopy(target, source);
  } finally {
    source.close();
  }
}

/** Sound, and its newest audit record is one of the source's. */
function checkCopy(path: string, source: Database): Omit<Backup, "bytes"> {
  const copy = openDatabase(path, "read");
  try {
    const [line] = copy.prepare("PRAGMA quick_check(1)").all() as { quick_check: string }[];
    if (line?.quick_check !== "ok") throw new StoreError("corrupt", `The copy is damaged: ${line?.quick_check}`);
    const auditHead = openAuditReader(copy).head();
    const [same] = auditHead === null ? [] : openAuditReader(source).list(auditHead.seq - 1, 1);
    if (same?.hash !== auditHead?.hash) throw new StoreError("corrupt", "The copy's audit chain is not the store's.");
    const { events } = copy.prepare("SELECT count(*) AS events FROM events").get() as { events: number };
    return { events, auditHead };
  } finally {
    copy.close();
  }
}
