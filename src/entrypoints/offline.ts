import { openAlerts } from "../adapters/embedded/alerts/alert-sinks.ts";
import { openFolderArchive } from "../adapters/embedded/archive/folder-archive.ts";
import { openStore } from "../adapters/embedded/sqlite/store.ts";
import { openStoreReading } from "../adapters/embedded/sqlite/store-reading.ts";
import type { StoreConfig } from "../config/build-config.ts";
import { grantTo } from "../http/admin/access.ts";
import { createAdminApp } from "../http/admin/app.ts";
import type { AdminOperations } from "../http/admin/operations.ts";
import { createFeed } from "../http/feed.ts";
import { createMetrics } from "../http/metrics.ts";
import { systemClock as clock } from "./clock.ts";
import { gaugesOf, operationsForReading, operationsOn } from "./operations.ts";
import { VERSION } from "./version.ts";

/** The admin API in this process, over a data directory, without a listener. */
export interface Offline {
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/**
 * `read` looks into a directory that another process may hold. `operate` holds it, and rejects with a `StoreError` of
 * fault `locked` when another process does; what it queues is processed when the inbox starts.
 */
export async function openOffline(config: StoreConfig, access: "read" | "operate"): Promise<Offline> {
  const { dataDir, minFreeDiskBytes } = config.store;
  const destinations = { destinations: Object.values(config.destinations), circuit: () => null };
  if (access === "read") {
    const store = openStoreReading(dataDir);
    const metrics = createMetrics({ clock, isSource: () => false, gauges: () => gaugesOf(store, clock) });
    const offline = appOver(operationsForReading(store, { metrics, clock, ...destinations }), metrics, dataDir);
    return { fetch: offline, close: () => store.close() };
  }
  const workerUrl = new URL("../adapters/embedded/sqlite/store-worker.js", import.meta.url);
  const store = await openStore({ dataDir, workerUrl, clock, minFreeDiskBytes });
  const metrics = createMetrics({ clock, isSource: () => false, gauges: () => gaugesOf(store, clock) });
  const alerts = openAlerts({ sinks: config.alerts.map((alert) => alert.to), clock, log: SILENT });
  const archive = openFolderArchive(config.archive);
  const offline = appOver(operationsOn(store, { metrics, alerts, archive, clock, ...destinations }), metrics, dataDir);
  return {
    fetch: offline,
    async close() {
      await alerts.flush(2000);
      await store.close();
    },
  };
}

const SILENT = { info: () => {}, warn: () => {}, error: () => {} };

function appOver(
  operations: AdminOperations,
  metrics: ReturnType<typeof createMetrics>,
  dataDir: string,
): (request: Request) => Promise<Response> {
  const unavailable = async (): Promise<never> => {
    throw new Error(`No inbox runs on ${dataDir} in this process.`);
  };
  const app = createAdminApp({
    operations,
    access: grantTo({ name: "cli", role: "operate" }),
    metrics,
    feed: createFeed(),
    version: VERSION,
    // The caller sees the answer's status; the fault itself is for it too.
    onFault: () => {},
    probe: unavailable,
    freeDisk: unavailable,
    shutdown: new AbortController().signal,
  });
  return (request) => app.fetch(request);
}
