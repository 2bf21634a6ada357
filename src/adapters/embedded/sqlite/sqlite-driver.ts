import { createRequire } from "node:module";
import { StoreError, type StoreFault } from "../../../domain/errors.ts";

/** What both SQLite drivers have in common. Rows come back as plain objects, integers as numbers. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export type SqlValue = string | number | null | Uint8Array;

export interface Statement {
  run(...values: readonly SqlValue[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
  get(...values: readonly SqlValue[]): unknown;
  all(...values: readonly SqlValue[]): unknown[];
}

export type DriverName = "node:sqlite" | "better-sqlite3";

/** The drivers that this Node can load, the preferred one first. */
export function availableDrivers(): DriverName[] {
  return (["node:sqlite", "better-sqlite3"] as const).filter((name) => load(name) !== null);
}

/**
 * Opens a database file. Throws a `StoreError` when no driver is there or the file cannot be opened.
 * The caller sets the pragmas.
 */
export function openDatabase(path: string, access: "read" | "write", driver?: DriverName): Database {
  const name = driver ?? availableDrivers()[0];
  const module = name === undefined ? null : load(name);
  if (name === undefined || module === null) {
    throw new StoreError(
      "unavailable",
      "No SQLite driver: use Node 22.13 or later, or install the optional package better-sqlite3@12 (on Node 20).",
    );
  }
  try {
    return name === "node:sqlite"
      ? new (module as NodeSqlite).DatabaseSync(path, { readOnly: access === "read" })
      : new (module as BetterSqlite)(path, { readonly: access === "read" });
  } catch (error) {
    throw asStoreError(error);
  }
}

/** Turns what a driver throws into a `StoreError`; anything else is returned as it is. */
export function asStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const fault = faultOf(error as Error & { code?: unknown; errcode?: unknown });
  return fault === null ? error : new StoreError(fault, `SQLite: ${error.message}`, { cause: error });
}

interface NodeSqlite {
  readonly DatabaseSync: new (path: string, options: { readOnly: boolean }) => Database;
}
type BetterSqlite = new (path: string, options: { readonly: boolean }) => Database;

const loaded = new Map<DriverName, unknown>();

function load(name: DriverName): unknown {
  if (!loaded.has(name)) loaded.set(name, tryLoad(name));
  return loaded.get(name);
}

function tryLoad(name: DriverName): unknown {
  // Asked first, because requiring a built-in module that is not there is a different error on every Node.
  if (name === "node:sqlite") return quietly(() => process.getBuiltinModule?.(name) ?? null);
  try {
    const module = createRequire(import.meta.url)(name) as BetterSqlite;
    new module(":memory:", { readonly: false } as never).close(); // the package may be there without its binary
    return module;
  } catch {
    return null;
  }
}

/** Node calls its SQLite experimental in a warning of several lines, which no log format can hold. */
function quietly<T>(work: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}

// Primary result codes: https://sqlite.org/rescode.html
const FAULTS: Readonly<Record<number, StoreFault>> = {
  3: "unavailable", // PERM
  5: "locked", // BUSY
  6: "locked", // LOCKED
  8: "unavailable", // READONLY
  10: "unavailable", // IOERR
  11: "corrupt", // CORRUPT
  13: "full", // FULL
  14: "unavailable", // CANTOPEN
  26: "corrupt", // NOTADB
};
const CODES: Readonly<Record<string, number>> = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
};

function faultOf(error: { code?: unknown; errcode?: unknown }): StoreFault | null {
  if (typeof error.errcode === "number") return FAULTS[error.errcode & 0xff] ?? null;
  const name = typeof error.code === "string" ? /^SQLITE_([A-Z]+)/.exec(error.code)?.[1] : undefined;
  return name === undefined ? null : (FAULTS[CODES[name] ?? -1] ?? null);
}
