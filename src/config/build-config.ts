import { join, resolve } from "node:path";
import type { BuildContext } from "./build-context.ts";
import { buildDestinations } from "./build-destinations.ts";
import { buildProcessor } from "./build-processor.ts";
import { buildServer } from "./build-server.ts";
import { buildSources } from "./build-sources.ts";
import type { AlertSinkConfig, Config } from "./config.ts";
import { type DocumentOptions, openContext } from "./open-context.ts";
import { keepReference, resolveSecret } from "./resolve-secret.ts";
import { section } from "./sections.ts";

export interface BuildOptions extends DocumentOptions {
  /** Absolute; wins over everything else. */
  readonly dataDir?: string | undefined;
}

/** What whoever only looks at a store needs: no source, no admin token, and destinations without their secrets. */
export type StoreConfig = Pick<Config, "file" | "store" | "archive" | "destinations" | "alerts">;

/**
 * Makes the configuration of a document in the shape of the file: overrides, references, defaults, checks. Secrets that
 * expired before `now` do not count. Throws `ConfigError` with every problem.
 */
export function buildConfig(document: unknown, options: BuildOptions): Config {
  return build(openContext(document, options, resolveSecret), options);
}

/** The same, with every check but those of what is behind the references to secrets, which are not followed. */
export function buildStoreConfig(document: unknown, options: BuildOptions): StoreConfig {
  const { file, store, archive, destinations, alerts } = build(openContext(document, options, keepReference), options);
  return { file, store, archive, destinations, alerts };
}

function build(context: BuildContext, options: BuildOptions): Config {
  const { baseDir } = options;
  const server = buildServer(context);
  const store = buildStore(context, options.dataDir);
  const archive = section("archive", context);
  const processor = buildProcessor(context);
  const alerts = section("alerts", context);
  const redaction = section("redaction", context);
  const log = section("log", context);
  const sources = buildSources(context);
  const destinations = buildDestinations(context);
  context.problems.throwIfAny();
  if (!(server && store && archive && processor && alerts && redaction && log)) throw new Error("a problem was lost");
  return {
    file: options.file,
    written: Object.fromEntries(context.written),
    server,
    store,
    archive: { dir: archive.dir === undefined ? join(store.dataDir, "archive") : resolve(baseDir, archive.dir) },
    sources,
    processor,
    destinations,
    alerts: alerts.map(({ to }) => ({ to: alertTarget(to, baseDir) })),
    redaction,
    log,
  };
}

function buildStore(context: BuildContext, dataDir: string | undefined): Config["store"] | undefined {
  const parsed = section("store", context);
  if (parsed === undefined) return undefined;
  const { auditCheckpoint } = parsed;
  if (dataDir !== undefined) context.written.delete("store.dataDir");
  return {
    dataDir: dataDir ?? resolve(context.baseDir, parsed.dataDir),
    minFreeDiskBytes: parsed.minFreeDisk,
    retention: { eventsMs: parsed.retention.events, auditMs: parsed.retention.audit },
    auditCheckpoint: auditCheckpoint === undefined ? null : resolve(context.baseDir, auditCheckpoint),
  };
}

function alertTarget(to: string, baseDir: string): AlertSinkConfig["to"] {
  if (!to.startsWith("file:")) return { kind: "http", url: to };
  // `file:///a/b` is the same as `file:/a/b`.
  return { kind: "file", path: resolve(baseDir, to.slice("file:".length).replace(/^\/\/(?=\/)/, "")) };
}
