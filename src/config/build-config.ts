import { accessSync, constants, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { z } from "zod";
import { ConfigError } from "../domain/errors.ts";
import type { BuildContext } from "./build-context.ts";
import { buildDestinations } from "./build-destinations.ts";
import { buildServer } from "./build-server.ts";
import { buildSources } from "./build-sources.ts";
import { closestWord } from "./closest-word.ts";
import type { AlertSinkConfig, Config, ProcessorConfig } from "./config.ts";
import { valueAt } from "./key-tree.ts";
import { applyOverrides } from "./overrides.ts";
import { collectProblems } from "./problems.ts";
import { resolveTree } from "./resolve-tree.ts";
import { fileSchema, sectionSchemas, versionSchema } from "./schema.ts";
import { validate } from "./validate.ts";

export interface BuildOptions {
  /** Recorded in the configuration; null for a document that no file holds. */
  readonly file: string | null;
  /** Absolute. Relative paths in the document start here. */
  readonly baseDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; wins over everything else. */
  readonly dataDir?: string | undefined;
  /** Epoch milliseconds; secrets that expired before do not count. */
  readonly now: number;
}

/**
 * Makes the configuration of a document in the shape of the file: overrides, references, defaults, checks.
 * Throws `ConfigError` with every problem.
 */
export function buildConfig(document: unknown, options: BuildOptions): Config {
  const { baseDir, env, now } = options;
  if (document !== null && (typeof document !== "object" || Array.isArray(document))) {
    throw new ConfigError([{ path: options.file ?? "configuration", message: "must hold a map of keys" }]);
  }
  const problems = collectProblems();
  const resolved = resolveTree(applyOverrides(document, env, problems), { env, baseDir }, problems);
  const context: BuildContext = { ...resolved, problems, baseDir, now };
  checkRoot(context);
  const server = buildServer(context);
  const store = buildStore(context, options.dataDir);
  const archive = section("archive", context);
  const processor = buildProcessor(context);
  const alerts = section("alerts", context);
  const redaction = section("redaction", context);
  const log = section("log", context);
  const sources = buildSources(context);
  const destinations = buildDestinations(context);
  problems.throwIfAny();
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

function section<K extends keyof typeof sectionSchemas>(key: K, context: BuildContext) {
  type Section = z.output<(typeof sectionSchemas)[K]> | undefined;
  return validate(sectionSchemas[key], valueAt(context.tree, key), [key], context) as Section;
}

function checkRoot(context: BuildContext): void {
  validate(versionSchema, valueAt(context.tree, "version"), ["version"], context);
  const keys = Object.keys(fileSchema.shape);
  for (const key of Object.keys(context.tree ?? {})) {
    if (keys.includes(key)) continue;
    const meant = closestWord(key, keys);
    context.problems.add([key], `is not a known key${meant === undefined ? "" : `; did you mean ${meant}?`}`);
  }
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

function buildProcessor(context: BuildContext): ProcessorConfig | undefined {
  const parsed = section("processor", context);
  if (parsed === undefined) return undefined;
  const handler = parsed.handler === undefined ? null : resolve(context.baseDir, parsed.handler);
  if (handler !== null && !isReadableFile(handler)) {
    context.problems.add(["processor", "handler"], "is not a file that can be read");
  }
  return {
    batchSize: parsed.batchSize,
    concurrency: parsed.concurrency,
    handler,
    handlerTimeoutMs: parsed.handlerTimeout,
    retry: { maxAttempts: parsed.retry.maxAttempts, baseMs: parsed.retry.base, maxMs: parsed.retry.max },
  };
}

function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function alertTarget(to: string, baseDir: string): AlertSinkConfig["to"] {
  if (!to.startsWith("file:")) return { kind: "http", url: to };
  // `file:///a/b` is the same as `file:/a/b`.
  return { kind: "file", path: resolve(baseDir, to.slice("file:".length).replace(/^\/\/(?=\/)/, "")) };
}
