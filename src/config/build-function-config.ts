import { dirname } from "node:path";
import type { BuildContext } from "./build-context.ts";
import { parseDestinations } from "./build-destinations.ts";
import { buildProcessor } from "./build-processor.ts";
import { buildServer } from "./build-server.ts";
import type { FunctionConfig, FunctionSource } from "./function-config.ts";
import { openContext } from "./open-context.ts";
import { parseSources } from "./parse-sources.ts";
import { readYaml } from "./read-yaml.ts";
import { keepReference } from "./resolve-secret.ts";
import { section } from "./sections.ts";

/**
 * Reads the file for the functions on AWS. The whole file is checked as everywhere, but no secret's reference is
 * followed. Throws `ConfigError` with every problem.
 */
export function buildFunctionConfig(
  file: string,
  options: { readonly env: Readonly<Record<string, string | undefined>>; readonly now: number },
): FunctionConfig {
  const context = openContext(readYaml(file), { ...options, file, baseDir: dirname(file) }, keepReference);
  const server = buildServer(context);
  const store = section("store", context);
  const processor = buildProcessor(context);
  const redaction = section("redaction", context);
  const log = section("log", context);
  const sources = Object.fromEntries(readSources(context).map((source) => [source.name, source] as const));
  for (const key of ["archive", "alerts"] as const) section(key, context);
  parseDestinations(context);
  context.problems.throwIfAny();
  if (!(server && store && processor && redaction && log)) throw new Error("a problem was lost");
  const { events, audit } = store.retention;
  return {
    file,
    server: { ingest: server.ingest },
    store: { retention: { eventsMs: events, auditMs: audit } },
    sources,
    processor,
    redaction,
    log,
  };
}

function readSources(context: BuildContext): readonly FunctionSource[] {
  return parseSources(context, () => {}).map(({ name, provider, secrets, settings }) => ({
    name,
    provider: provider.name,
    secrets: secrets.map((entry) =>
      typeof entry === "string" ? { ref: entry, notAfter: null } : { ref: entry.ref, notAfter: entry.notAfter ?? null },
    ),
    settings,
  }));
}
