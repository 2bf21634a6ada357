import type { SettingSpec } from "../domain/provider.ts";
import { providers } from "../providers/index.ts";
import type { Config, DestinationConfig, Secret, SourceConfig } from "./config.ts";
import { formatDuration } from "./duration.ts";
import { formatPath, type KeyPath } from "./key-path.ts";

/**
 * The configuration in effect, in the shape of the file and safe to show: what came from a reference is shown as that
 * reference. Paths are absolute and defaults are filled in.
 */
export function printableConfig(config: Config): Readonly<Record<string, unknown>> {
  const { server, store, processor } = config;
  const tree = {
    version: 1,
    server: {
      ingest: server.ingest,
      admin: { ...server.admin, tokens: server.admin.tokens.map(({ name, role }) => ({ name, role, secret: HIDDEN })) },
      shutdownGrace: formatDuration(server.shutdownGraceMs),
    },
    store: {
      dataDir: store.dataDir,
      minFreeDisk: store.minFreeDiskBytes,
      retention: { events: formatDuration(store.retention.eventsMs), audit: formatDuration(store.retention.auditMs) },
      auditCheckpoint: store.auditCheckpoint ?? undefined,
    },
    archive: config.archive,
    sources: mapValues(config.sources, printSource),
    processor: {
      batchSize: processor.batchSize,
      concurrency: processor.concurrency,
      handler: processor.handler ?? undefined,
      handlerTimeout: formatDuration(processor.handlerTimeoutMs),
      retry: printRetry(processor.retry),
    },
    destinations: mapValues(config.destinations, printDestination),
    alerts: config.alerts.map(({ to }) => ({ to: to.kind === "file" ? `file:${to.path}` : to.url })),
    redaction: config.redaction,
    log: config.log,
  };
  return asWritten(tree, [], config.written ?? {}) as Readonly<Record<string, unknown>>;
}

/** Stands where a secret is whose reference is not known. */
const HIDDEN = "(hidden)";

function printSource({ provider, secrets, settings }: SourceConfig): unknown {
  const specs = providers[provider]?.settings ?? {};
  return {
    provider,
    ...(secrets.length > 0 ? { secrets: secrets.map(printSecret) } : {}),
    ...printSettings(settings, specs),
  };
}

function printSettings(settings: object, specs: Readonly<Record<string, SettingSpec>>): Record<string, unknown> {
  return mapValues(settings as Record<string, unknown>, (value, name) => {
    const spec = specs[name];
    if (spec?.type === "duration" && typeof value === "number") return formatDuration(value);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? printSettings(value, spec?.fields ?? {})
      : value;
  });
}

function printDestination(destination: DestinationConfig): unknown {
  return {
    url: destination.url,
    format: destination.format,
    events: destination.events,
    sources: destination.sources,
    secret: destination.secret === null ? undefined : printSecret(destination.secret),
    resign: destination.resign === null ? undefined : printSecret(destination.resign),
    concurrency: destination.concurrency,
    rateLimit: destination.rateLimitPerSecond ?? undefined,
    timeout: formatDuration(destination.timeoutMs),
    retry: printRetry(destination.retry),
  };
}

function printSecret({ ref, notAfter }: Secret): unknown {
  return notAfter === null ? ref : { ref, notAfter: new Date(notAfter).toISOString() };
}

function printRetry({ maxAttempts, baseMs, maxMs }: Config["processor"]["retry"]): unknown {
  return { maxAttempts, base: formatDuration(baseMs), max: formatDuration(maxMs) };
}

function mapValues<T>(
  map: Readonly<Record<string, T>>,
  change: (value: T, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}

/** Puts back what the file has, where the value came from elsewhere, and leaves out what has no value. */
function asWritten(value: unknown, path: KeyPath, written: Readonly<Record<string, string>>): unknown {
  const place = formatPath(path);
  if (Object.hasOwn(written, place)) return written[place];
  if (Array.isArray(value)) return value.map((item, index) => asWritten(item, [...path, index], written));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, asWritten(item, [...path, key], written)]));
}
