import { chmodSync, mkdirSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { StoreError } from "../../../domain/errors.ts";
import type { Outbox } from "../../../ports/announcer.ts";
import type { AuditLog } from "../../../ports/audit-log.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { EventStore } from "../../../ports/event-store.ts";
import type { Ledger, Settlement } from "../../../ports/ledger.ts";
import type { Queue } from "../../../ports/queue.ts";
import type { DeadLetters, Retention } from "../../../ports/retention.ts";
import { awaitLockFile, lockDirectory } from "./directory-lock.ts";
import { openDiskFloor } from "./disk-floor.ts";
import { makePrivateFile } from "./private-file.ts";
import { purgeLog } from "./purge-log.ts";
import type { AuditHead } from "./read-audit.ts";
import type { Backlog } from "./reader.ts";
import type { DriverName } from "./sqlite-driver.ts";
import { openReaderThread, openWriterThread } from "./store-thread.ts";
import { claimOf, deliveryRow, settledOf, settlementRow, storeOutcome } from "./wire.ts";

export const DATABASE_FILE = "inbox.db";

/** The embedded store: every port that SQLite serves, over one data directory. */
export interface EmbeddedStore {
  readonly events: EventStore;
  readonly queue: Queue;
  readonly ledger: Ledger;
  readonly outbox: Outbox;
  readonly audit: AuditLog;
  readonly deadLetters: DeadLetters;
  readonly retention: Retention;
  /** The newest record of the audit chain; null when there is none. */
  auditHead(): Promise<AuditHead | null>;
  backlog(): Promise<Backlog>;
  /** What the disk has left, and below what the store refuses to write. Bytes. */
  freeDisk(): Promise<{ readonly freeBytes: number; readonly floorBytes: number }>;
  /** Finishes what was asked, then lets go of the directory. */
  close(): Promise<void>;
}

export interface EmbeddedStoreOptions {
  readonly dataDir: string;
  /** The compiled `store-worker.js`. */
  readonly workerUrl: URL;
  readonly clock: Clock;
  readonly minFreeDiskBytes: number;
  readonly driver?: DriverName;
  /** Nothing may be stored any more in this process: the writing thread ended, or another process has the directory. */
  readonly onDeath?: (why: string) => void;
}

/** Opens the directory, making it if it is not there. Rejects with a `StoreError`; `locked` when another process has it. */
export async function openStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { dataDir, workerUrl, clock, driver } = options;
  makePrivate(dataDir);
  const path = join(dataDir, DATABASE_FILE);
  await awaitLockFile(dataDir, path);
  // Before SQLite would make it by the umask; its log files take the mode of the database.
  makePrivateFile(path);
  const lock = lockDirectory({
    dataDir,
    onLost: () => options.onDeath?.("another process took the data directory"),
  });
  const setup = { path, driver };
  const queueListeners = new Set<() => void>();
  const outboxListeners = new Set<() => void>();
  try {
    const tell = (notice: { readonly queue: boolean; readonly outbox: boolean }) => {
      if (notice.queue) for (const listener of queueListeners) listener();
      if (notice.outbox) for (const listener of outboxListeners) listener();
    };
    const writer = await openWriterThread(workerUrl, setup, tell, () => options.onDeath?.("the store's thread ended"));
    const reader = await openReaderThread(workerUrl, setup);
    const floor = openDiskFloor(dataDir, options.minFreeDiskBytes);

    return {
      events: {
        async store(delivery) {
          floor.check();
          const codes = await writer.call("store", deliveryRow(delivery), delivery.payload, clock.now());
          return storeOutcome(codes, delivery);
        },
        get: (eventId) => reader.call("getEvent", eventId),
        payload: (eventId) => reader.call("payload", eventId),
        list: (filter, page) => reader.call("listEvents", filter, page),
        async remove(eventId, actor) {
          const result = await writer.call("remove", eventId, actor, clock.now());
          // When it cannot be done now, the next run of retention does it: the event is removed in any case.
          if (result === "removed") await purgeLog(writer).catch(() => {});
          return result;
        },
        async probe() {
          floor.check();
          await writer.call("probe", clock.now());
        },
      },
      queue: {
        claim: async (limit, mode) => (await writer.call("claim", limit, mode)).map(claimOf),
        begin: (claim, startedAt) => writer.call("begin", claim.receipt as number, startedAt),
        retry: (claim, failure, delayMs) => writer.call("retry", claim.receipt as number, failure, delayMs),
        giveUp: (claim, failure) => writer.call("giveUp", claim.receipt as number, failure),
        enqueue: (eventId, why, actor) => writer.call("enqueue", eventId, why, actor, clock.now()),
        depth: () => writer.depth(),
        onReady: (listener) => listen(queueListeners, listener),
      },
      ledger: {
        async settle(settlements) {
          const rows = await writer.call("settle", settlements.map(settlementRow), clock.now());
          return rows.map((row, index) => settledOf(row, (settlements[index] as Settlement).claim.event.eventId));
        },
        get: (transactionId) => reader.call("getTransaction", transactionId),
        history: (transactionId) => reader.call("history", transactionId),
        list: (filter, page) => reader.call("listTransactions", filter, page),
      },
      outbox: {
        due: (destination, limit) => writer.call("due", destination, limit),
        delivered: (item, at) => writer.call("delivered", item, at),
        postpone: (item, failure, delayMs) => writer.call("postpone", item, failure, delayMs, clock.now()),
        abandon: (item, failure) => writer.call("abandon", item, failure, clock.now()),
        pending: () => reader.call("outboxPending"),
        standings: () => reader.call("standings"),
        pause: (destination, actor) => writer.call("pauseDestination", destination, actor, clock.now()),
        resume: (destination, actor) => writer.call("resumeDestination", destination, actor, clock.now()),
        onReady: (listener) => listen(outboxListeners, listener),
      },
      audit: {
        append: (entry) => writer.call("audit", entry, clock.now()),
        list: (after, limit) => reader.call("audit", after, limit),
      },
      deadLetters: {
        unarchived: (limit) => writer.call("unarchived", limit),
        archived: (eventId, key) => writer.call("archived", eventId, key, clock.now()),
      },
      retention: {
        expire: (cutoff, limit) => writer.call("expire", cutoff, limit, clock.now()),
        purge: () => purgeLog(writer),
      },
      auditHead: () => reader.call("auditHead"),
      backlog: () => reader.call("backlog"),
      freeDisk: async () => ({ freeBytes: await freeBytes(dataDir), floorBytes: options.minFreeDiskBytes }),
      async close() {
        floor.stop();
        // The writer last: it is the one that folds the log into the database file when nobody else has it open.
        await reader.close();
        await writer.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Makes the directory 0700 whatever the umask; a directory that was there keeps its owner's choice. */
function makePrivate(dataDir: string): void {
  try {
    if (mkdirSync(dataDir, { recursive: true }) !== undefined) chmodSync(dataDir, 0o700);
  } catch (error) {
    throw new StoreError("unavailable", `Cannot make the data directory: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function freeBytes(dataDir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dataDir);
  return bavail * bsize;
}

function listen(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
