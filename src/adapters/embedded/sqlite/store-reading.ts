import { existsSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../../../domain/errors.ts";
import { openReader } from "./reader.ts";
import { DATABASE_FILE, type EmbeddedStore } from "./store.ts";

/** The part of the store that only looks. Safe beside a process that holds the directory. */
export type StoreReading = Pick<EmbeddedStore, "auditHead" | "backlog" | "close"> & {
  readonly events: Pick<EmbeddedStore["events"], "get" | "payload" | "list">;
  readonly ledger: Pick<EmbeddedStore["ledger"], "get" | "history" | "list">;
  readonly outbox: Pick<EmbeddedStore["outbox"], "standings">;
  readonly audit: Pick<EmbeddedStore["audit"], "list">;
};

/** Opens a data directory to look into it, in this thread. Throws a `StoreError`, also when there is no store. */
export function openStoreReading(dataDir: string): StoreReading {
  const path = join(dataDir, DATABASE_FILE);
  if (!existsSync(path)) throw new StoreError("unavailable", `There is no inbox in ${dataDir}.`);
  const reader = openReader(path);
  return {
    events: {
      get: async (eventId) => reader.getEvent(eventId),
      payload: async (eventId) => reader.payload(eventId),
      list: async (filter, page) => reader.listEvents(filter, page),
    },
    ledger: {
      get: async (transactionId) => reader.getTransaction(transactionId),
      history: async (transactionId) => reader.history(transactionId),
      list: async (filter, page) => reader.listTransactions(filter, page),
    },
    outbox: { standings: async () => reader.standings() },
    audit: { list: async (after, limit) => reader.audit(after, limit) },
    auditHead: async () => reader.auditHead(),
    backlog: async () => reader.backlog(),
    close: async () => reader.close(),
  };
}
