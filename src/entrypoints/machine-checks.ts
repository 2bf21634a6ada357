import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LOCK_FILE } from "../adapters/embedded/sqlite/directory-lock.ts";
import { availableDrivers, openDatabase } from "../adapters/embedded/sqlite/sqlite-driver.ts";
import { DATABASE_FILE } from "../adapters/embedded/sqlite/store.ts";
import type { Check, CheckProblem } from "../ports/integrity.ts";

/** Which SQLite this process would run the store on. Throws a `StoreError` when there is none. */
export function checkDriver(): Check {
  const [driver] = availableDrivers();
  const db = openDatabase(":memory:", "write", driver);
  try {
    const { version } = db.prepare("SELECT sqlite_version() AS version").get() as { version: string };
    return { name: "driver", ok: true, detail: `${driver}, SQLite ${version}, Node ${process.versions.node}` };
  } finally {
    db.close();
  }
}

export async function checkDisk(dataDir: string, floorBytes: number): Promise<Check> {
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const detail = `${mebibytes(free)} free, the floor is ${mebibytes(floorBytes)}`;
  return checkOf("disk", detail, free >= floorBytes ? [] : [{ target: dataDir, problem: "webhooks are refused" }]);
}

/** `newest` is the time of the newest audit record, epoch milliseconds. */
export function checkClock(now: number, newest: number | null): Check {
  const behind = newest === null ? 0 : newest - now;
  const problem = `the clock is ${Math.round(behind / 1000)} s behind the newest audit record: one of the two is wrong`;
  return checkOf("clock", new Date(now).toISOString(), behind <= CLOCK_SLACK_MS ? [] : [{ target: "clock", problem }]);
}

/** Nobody else may read what the store writes, nor write where it is. */
export async function checkPermissions(places: {
  readonly dataDir: string;
  readonly archiveDir: string | null;
  readonly checkpoint: string | null;
}): Promise<Check> {
  const { dataDir, archiveDir, checkpoint } = places;
  const files = [DATABASE_FILE, `${DATABASE_FILE}-wal`, `${DATABASE_FILE}-shm`, LOCK_FILE].map((name) =>
    join(dataDir, name),
  );
  const problems = await Promise.all([
    ...[...files, ...(checkpoint === null ? [] : [checkpoint])].map((path) => judgeMode(path, 0o077, "0600")),
    // A directory that was there before keeps its owner's choice; that others can write to it is no choice to keep.
    ...[dataDir, ...(archiveDir === null ? [] : [archiveDir])].map((path) => judgeMode(path, 0o022, "0700")),
  ]);
  return checkOf("permissions", "files are their owner's alone", problems.flat());
}

/** Whether dead letters can be archived: the directory, or the nearest one above it, takes files. */
export async function checkArchive(dir: string): Promise<Check> {
  for (let path = dir; ; path = dirname(path)) {
    const problem = await judgeDirectory(path);
    if (problem !== "ENOENT" || path === dirname(path)) {
      return checkOf("archive", dir, problem === null ? [] : [{ target: path, problem }]);
    }
  }
}

/** Whether the checkpoint can be written. Its directory has to exist: an absent one is a disk that is not mounted. */
export async function checkCheckpoint(path: string): Promise<Check> {
  const problem = await judgeDirectory(dirname(path));
  return checkOf("checkpoint", path, problem === null ? [] : [{ target: dirname(path), problem }]);
}

const CLOCK_SLACK_MS = 1000;

function checkOf(name: string, detail: string, problems: readonly CheckProblem[]): Check {
  return problems.length === 0 ? { name, ok: true, detail } : { name, ok: false, detail, problems };
}

async function judgeMode(path: string, forbidden: number, wanted: string): Promise<CheckProblem[]> {
  const found = await stat(path).catch(() => null);
  if (found === null || (found.mode & forbidden) === 0) return [];
  const mode = (found.mode & 0o7777).toString(8).padStart(4, "0");
  return [{ target: path, problem: `has mode ${mode}; ${wanted} is meant` }];
}

/** Null when files can be made in it, otherwise the file system's code. */
async function judgeDirectory(path: string): Promise<string | null> {
  try {
    if (!(await stat(path)).isDirectory()) return "ENOTDIR";
    await access(path, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  }
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MiB`;
}
