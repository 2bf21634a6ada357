import { hash } from "node:crypto";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { type AlertSinks, openAlerts } from "../adapters/embedded/alerts/alert-sinks.ts";
import { openFolderArchive } from "../adapters/embedded/archive/folder-archive.ts";
import type { HandlerPool } from "../adapters/embedded/handler/handler-pool.ts";
import { type EmbeddedStore, openStore } from "../adapters/embedded/sqlite/store.ts";
import type { Config } from "../config/config.ts";
import { createAdminApp } from "../http/admin/app.ts";
import { serveAdmin } from "../http/admin/listener.ts";
import { tokenAccess } from "../http/admin/token-access.ts";
import { createFeed, type Feed } from "../http/feed.ts";
import { createIngestServer } from "../http/ingest.ts";
import { createMetrics, type InboxMetrics } from "../http/metrics.ts";
import { startArchiving } from "../pipeline/dead-letter.ts";
import { startProcessor } from "../pipeline/process.ts";
import { openReceive } from "../pipeline/receive.ts";
import { redact } from "../pipeline/redact.ts";
import { keepAuditCheckpoint } from "./audit-checkpoint.ts";
import { systemClock as clock } from "./clock.ts";
import { type CurrentConfig, openCurrentConfig } from "./current-config.ts";
import { type Destinations, startDestinations } from "./destinations.ts";
import { openHandler } from "./handler.ts";
import { gaugesOf, operationsOn } from "./operations.ts";
import { createPauses } from "./pauses.ts";
import { publishSettled } from "./publish-settled.ts";
import { startRetention } from "./retention.ts";
import { VERSION } from "./version.ts";

/** One inbox in this process: ingest, processor and admin over one data directory. */
export interface Inbox {
  readonly ingestUrl: string;
  readonly adminUrl: string;
  /** Takes over the sources, secrets, limits, tokens and retention of a configuration that is valid. */
  reload(config: Config): Promise<void>;
  /** Stops taking requests, lets what runs finish within the grace period, and lets go of the directory. */
  close(): Promise<void>;
}

interface Parts {
  readonly current: CurrentConfig;
  readonly log: Logger;
  readonly store: EmbeddedStore;
  readonly alerts: AlertSinks;
  readonly metrics: InboxMetrics;
  readonly feed: Feed;
}

const sha256 = (data: string | Uint8Array): string => hash("sha256", data, "hex");

// The documented exit status for a store that cannot be used.
const EXIT_STORE = 75;

/**
 * Resolves when both listeners accept, the store is writable and the handler's module is imported. Rejects with a
 * `StoreError`, a `ConfigError` about the handler, or a listener's error.
 */
export async function startInbox(config: Config, log: Logger): Promise<Inbox> {
  const current = openCurrentConfig(config);
  const store = await openStore({
    dataDir: config.store.dataDir,
    workerUrl: new URL("../adapters/embedded/sqlite/store-worker.js", import.meta.url),
    clock,
    minFreeDiskBytes: config.store.minFreeDiskBytes,
    onDeath(why) {
      // Every delivery would be answered 503 from now on; whoever supervises the process starts a new one.
      log.fatal({}, why);
      process.exit(EXIT_STORE);
    },
  });
  try {
    let circuit: Work["circuit"] = () => null;
    const metrics = createMetrics({
      clock,
      isSource: (name) => current.sources().has(name),
      gauges: () => gaugesOf(store, clock),
      *circuits() {
        for (const name of Object.keys(config.destinations)) {
          const state = circuit(name);
          if (state !== null) yield [name, state] as const;
        }
      },
    });
    const alerts = openAlerts({ sinks: config.alerts.map((alert) => alert.to), clock, log });
    const parts: Parts = { current, log, store, alerts, metrics, feed: createFeed() };
    const handler = await openHandler(config, log);
    await store.audit.append({ actor: "inbox", action: "inbox.started", target: "inbox", outcome: VERSION });
    const checkpoint = keepAuditCheckpoint({ path: config.store.auditCheckpoint, store, alerts, clock });
    const work = startWork(parts, handler);
    circuit = work.circuit;
    const listeners = await openListeners(parts, work.circuit).catch(async (error: unknown) => {
      await work.stop(0);
      await checkpoint.stop();
      throw error;
    });
    return {
      ...listeners.urls,
      async reload(next) {
        await store.audit.append({ actor: "inbox", action: "config.reloaded", target: "config", outcome: "ok" });
        current.replace(next);
      },
      async close() {
        const graceMs = current.config().server.shutdownGraceMs;
        await listeners.stopIngest(graceMs);
        await work.stop(graceMs);
        await store.audit
          .append({ actor: "inbox", action: "inbox.stopped", target: "inbox", outcome: VERSION })
          // A full disk must not keep the inbox from stopping.
          .catch((error: Error) => log.error({ error: error.message }, "the stop was not audited"));
        await listeners.stopAdmin();
        await checkpoint.stop();
        await alerts.flush(Math.min(graceMs, 2000));
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface Work {
  readonly circuit: Destinations["circuit"];
  stop(graceMs: number): Promise<void>;
}

/** Everything that happens after an event was acknowledged. */
function startWork({ current, log, store, alerts, metrics, feed }: Parts, handler: HandlerPool | null): Work {
  const config = current.config();
  const { pause, end: endPauses } = createPauses();
  const archiver = startArchiving({
    deadLetters: store.deadLetters,
    events: store.events,
    archive: openFolderArchive(config.archive),
    sha256,
    alerts,
    pause,
  });
  const processor = startProcessor({
    queue: store.queue,
    ledger: store.ledger,
    alerts,
    metrics,
    clock,
    handler,
    retry: config.processor.retry,
    concurrency: config.processor.concurrency,
    destinations: Object.values(config.destinations),
    onSettled(event, how) {
      publishSettled(feed, clock, event, how);
      if (how === "dead") archiver.wake();
    },
    pause,
  });
  const destinations = startDestinations({ config, store, alerts, metrics, clock, pause });
  const stopRetention = startRetention({
    retention: store.retention,
    periods: () => current.config().store.retention,
    clock,
    log,
  });
  return {
    circuit: destinations.circuit,
    async stop(graceMs) {
      endPauses();
      await Promise.all([processor.stop(), handler?.close(graceMs), destinations.stop(), stopRetention()]);
      await archiver.stop();
    },
  };
}

async function openListeners({ current, log, store, alerts, metrics, feed }: Parts, circuit: Work["circuit"]) {
  const { server, redaction, destinations, archive } = current.config();
  const shutdown = new AbortController();
  const fault = (error: unknown) => log.error({ error: (error as Error).message }, "request failed");
  const ingest = createIngestServer({
    sources: current.sources,
    limits: () => current.config().server.ingest,
    receive: openReceive({
      events: store.events,
      backlog: store.queue.depth,
      alerts,
      metrics,
      clock,
      certificate: current.certificate,
      sha256,
      redact: redaction.enabled ? redact : (body) => ({ payload: body, redacted: false }),
      limits: () => current.config().server.ingest,
    }),
    metrics,
    clock,
    onFault: fault,
    onAccepted: (eventId, duplicate) =>
      feed.publish(() => ({ kind: "accepted", at: new Date(clock.now()).toISOString(), eventId, duplicate })),
    onRefused: (rejection) => feed.publish(() => ({ kind: "rejected", ...rejection })),
  });
  const app = createAdminApp({
    operations: operationsOn(store, {
      metrics,
      alerts,
      archive: openFolderArchive(archive),
      clock,
      destinations: Object.values(destinations),
      circuit,
    }),
    access: tokenAccess({
      tokens: () => current.config().server.admin.tokens,
      host: server.admin.host,
      clock,
      audit: store.audit,
      alerts,
      onFault: fault,
    }),
    metrics,
    feed,
    version: VERSION,
    onFault: fault,
    probe: () => store.events.probe(),
    freeDisk: () => store.freeDisk(),
    shutdown: shutdown.signal,
  });
  await store.events.probe();
  // Admin first: whoever sees the ingest port answer may ask how it is.
  const admin = await serveAdmin(app, server.admin.host, server.admin.port);
  const address = await ingest.listen(server.ingest.host, server.ingest.port).catch(async (error: unknown) => {
    await admin.close(0);
    throw error;
  });
  return {
    urls: { ingestUrl: urlOf(address), adminUrl: urlOf(admin.address) },
    async stopIngest(graceMs: number) {
      shutdown.abort();
      await ingest.close(graceMs);
    },
    stopAdmin: () => admin.close(500),
  };
}

function urlOf({ address, family, port }: AddressInfo): string {
  // The any-address is where to listen, not where to connect to.
  const host = address === "0.0.0.0" || address === "::" ? "127.0.0.1" : address;
  return `http://${family === "IPv6" && host !== "127.0.0.1" ? `[${host}]` : host}:${port}`;
}
