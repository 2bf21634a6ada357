import type { z } from "zod";
import { type BuildContext, isValidAt, secretAt } from "./build-context.ts";
import { closestWord } from "./closest-word.ts";
import type { DestinationConfig } from "./config.ts";
import type { KeyPath } from "./key-path.ts";
import { namedEntries } from "./named-entries.ts";
import { destinationSchema } from "./schema.ts";
import { validate } from "./validate.ts";
import { valueAt } from "./value-at.ts";

/** The destinations without problems. */
export function buildDestinations(context: BuildContext): Readonly<Record<string, DestinationConfig>> {
  return Object.fromEntries(
    parseDestinations(context).map(([name, parsed]) => [name, buildDestination(name, parsed, context)] as const),
  );
}

type ParsedDestination = z.output<typeof destinationSchema>;

/** The destinations without problems of shape, defaults filled in; their secrets are not looked at. */
export function parseDestinations(context: BuildContext): readonly (readonly [string, ParsedDestination])[] {
  return namedEntries("destinations", context).flatMap(([name, entry]) => {
    const path = ["destinations", name];
    const parsed = validate(destinationSchema, entry, path, context);
    if (parsed === undefined) return [];
    checkSources([...path, "sources"], parsed.sources ?? [], context);
    return [[name, parsed] as const];
  });
}

function buildDestination(name: string, parsed: ParsedDestination, context: BuildContext): DestinationConfig {
  const path = ["destinations", name];
  const destination: DestinationConfig = {
    name,
    url: parsed.url,
    format: parsed.format,
    events: parsed.events,
    sources: parsed.sources,
    secret: secretAt([...path, "secret"], parsed.secret, context),
    resign: secretAt([...path, "resign"], parsed.resign, context),
    concurrency: parsed.concurrency,
    rateLimitPerSecond: parsed.rateLimit ?? null,
    timeoutMs: parsed.timeout,
    retry: { maxAttempts: parsed.retry.maxAttempts, baseMs: parsed.retry.base, maxMs: parsed.retry.max },
  };
  if (destination.format === "standard") checkStandard(path, destination, parsed, context);
  else if (parsed.secret !== undefined) {
    context.problems.add([...path, "secret"], "signs only the standard format; the original one is signed by resign");
  }
  return destination;
}

/** An announcement without a signature could be forged by anyone who knows where it goes. */
function checkStandard(path: KeyPath, destination: DestinationConfig, parsed: object, context: BuildContext): void {
  const { secret } = destination;
  if (valueAt(parsed, "resign") !== undefined) {
    context.problems.add([...path, "resign"], "signs only the original format; the standard one is signed by secret");
  }
  if (secret === null || !isValidAt(secret, context.now)) {
    context.problems.add([...path, "secret"], "is required, and has to be valid now: announcements are signed");
  }
}

function checkSources(path: KeyPath, names: readonly string[], context: BuildContext): void {
  const configured = Object.keys(valueAt(context.tree, "sources") ?? {});
  for (const [index, name] of names.entries()) {
    if (configured.includes(name)) continue;
    const meant = closestWord(name, configured);
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    context.problems.add([...path, index], `is not the name of a configured source${hint}`);
  }
}
