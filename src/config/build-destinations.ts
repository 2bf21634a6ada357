import type { z } from "zod";
import { type BuildContext, isValidAt, secretAt } from "./build-context.ts";
import { closestWord } from "./closest-word.ts";
import type { DestinationConfig } from "./config.ts";
import { formatPath, type KeyPath } from "./key-path.ts";
import { namedEntries } from "./named-entries.ts";
import { destinationSchema } from "./schema.ts";
import { validate } from "./validate.ts";
import { valueAt } from "./value-at.ts";

/** The destinations without problems. */
export function buildDestinations(context: BuildContext): Readonly<Record<string, DestinationConfig>> {
  return Object.fromEntries(
    parseDestinations(context, (path, entry) => checkSecrets(path, entry, context)).map(
      ([name, parsed]) => [name, buildDestination(name, parsed, context)] as const,
    ),
  );
}

type ParsedDestination = z.output<typeof destinationSchema>;

/**
 * The destinations without problems of shape, defaults filled in. `check` is told of each as written, whatever is wrong
 * with its shape, so that a person hears of everything at once.
 */
export function parseDestinations(
  context: BuildContext,
  check: (path: KeyPath, entry: unknown) => void = () => {},
): readonly (readonly [string, ParsedDestination])[] {
  return namedEntries("destinations", context).flatMap(([name, entry]) => {
    const path = ["destinations", name];
    const parsed = validate(destinationSchema, entry, path, context);
    checkSources([...path, "sources"], valueAt(entry, "sources"), context);
    check(path, entry);
    return parsed === undefined ? [] : [[name, parsed] as const];
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
  const { secret } = destination;
  if (secret !== null && !isValidAt(secret, context.now)) context.problems.add([...path, "secret"], NOT_SIGNED);
  return destination;
}

/** An announcement without a signature could be forged by anyone who knows where it goes. */
const NOT_SIGNED = "is required, and has to be valid now: announcements are signed";

function checkSecrets(path: KeyPath, entry: unknown, { problems, secrets }: BuildContext): void {
  const [secret, resign] = [valueAt(entry, "secret"), valueAt(entry, "resign")];
  const format = valueAt(entry, "format") ?? "standard";
  if (format === "standard") {
    if (resign !== undefined) {
      problems.add([...path, "resign"], "signs only the original format; the standard one is signed by secret");
    }
    const isUnset = secrets.get(formatPath([...path, "secret"]))?.kind === "absent";
    if (secret === undefined || isUnset) problems.add([...path, "secret"], NOT_SIGNED);
  } else if (format === "original" && secret !== undefined) {
    problems.add([...path, "secret"], "signs only the standard format; the original one is signed by resign");
  }
}

function checkSources(path: KeyPath, names: unknown, context: BuildContext): void {
  if (!Array.isArray(names)) return;
  const configured = Object.keys(valueAt(context.tree, "sources") ?? {});
  for (const [index, name] of names.entries()) {
    if (typeof name !== "string" || configured.includes(name)) continue;
    const meant = closestWord(name, configured);
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    context.problems.add([...path, index], `is not the name of a configured source${hint}`);
  }
}
