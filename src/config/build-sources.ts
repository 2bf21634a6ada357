import { resolve } from "node:path";
import type { Provider } from "../domain/provider.ts";
import { providers } from "../providers/index.ts";
import { type BuildContext, isValidAt, secretAt } from "./build-context.ts";
import { closestWord } from "./closest-word.ts";
import type { SourceConfig } from "./config.ts";
import { formatPath, type KeyPath } from "./key-path.ts";
import { valueAt } from "./key-tree.ts";
import { namedEntries } from "./named-entries.ts";
import { readCertificate } from "./read-certificate.ts";
import { sourceSchemas } from "./schema.ts";
import type { SecretEntry } from "./secret-schema.ts";
import { validate } from "./validate.ts";

/** The sources without problems. */
export function buildSources(context: BuildContext): Readonly<Record<string, SourceConfig>> {
  const sources = namedEntries("sources", context).flatMap(([name, entry]) => {
    const source = buildSource(name, entry, context);
    return source === null ? [] : [[name, source] as const];
  });
  return Object.fromEntries(sources);
}

function buildSource(name: string, entry: unknown, context: BuildContext): SourceConfig | null {
  const path = ["sources", name];
  const provider = findProvider([...path, "provider"], valueAt(entry, "provider"), context);
  if (provider === null) return null;
  checkSecrets(provider, [...path, "secrets"], valueAt(entry, "secrets"), context);
  const schema = sourceSchemas.get(provider.name);
  const parsed = schema && (validate(schema, entry, path, context) as ParsedSource | undefined);
  if (parsed === undefined) return null;
  const { provider: _, secrets = [], ...settings } = parsed;
  return {
    name,
    provider: provider.name,
    secrets: readSecrets(provider, [...path, "secrets"], secrets, context),
    settings: readCertificates(path, settings, context),
  };
}

type ParsedSource = Readonly<Record<string, unknown>> & { readonly secrets?: readonly SecretEntry[] };

function findProvider(path: KeyPath, name: unknown, { problems }: BuildContext): Provider | null {
  if (typeof name === "string" && Object.hasOwn(providers, name)) return providers[name] ?? null;
  const known = Object.keys(providers);
  const meant = typeof name === "string" ? closestWord(name, known) : undefined;
  if (name === undefined) problems.add(path, `is required: one of ${known.join(", ")}`);
  else problems.add(path, `must be one of ${known.join(", ")}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
  return null;
}

/** Says what is expected, never what was found. */
function checkSecrets(provider: Provider, path: KeyPath, entries: unknown, context: BuildContext): void {
  if (provider.secret === null || !Array.isArray(entries)) return;
  const { pattern, describe } = provider.secret;
  for (const index of entries.keys()) {
    const secret = context.secrets.get(formatPath([...path, index]));
    if (secret?.kind !== "value" || pattern === undefined || pattern.test(secret.value)) continue;
    const hint = /^[srp]k_/.test(secret.value) ? "; this one is an API key" : "";
    context.problems.add([...path, index], `the secret behind the reference is not as expected: ${describe}${hint}`);
  }
}

function readSecrets(provider: Provider, path: KeyPath, entries: readonly SecretEntry[], context: BuildContext) {
  const secrets = entries.flatMap((entry, index) => secretAt([...path, index], entry, context) ?? []);
  const isUnset = (index: number) => context.secrets.get(formatPath([...path, index]))?.kind === "absent";
  // A secret with a problem of its own is reported already.
  const isComplete = secrets.length + entries.filter((_, index) => isUnset(index)).length === entries.length;
  if (provider.secret !== null && isComplete && !secrets.some((secret) => isValidAt(secret, context.now))) {
    context.problems.add(path, "holds no secret that is set and has not expired: nothing could be verified");
  }
  return secrets;
}

/** The setting `certs`: `dir` becomes absolute, and the files in `roots` are read. */
function readCertificates(path: KeyPath, settings: Readonly<Record<string, unknown>>, context: BuildContext) {
  const { certs } = settings;
  if (typeof certs !== "object" || certs === null) return settings;
  const dir = valueAt(certs, "dir");
  const roots = valueAt(certs, "roots");
  return {
    ...settings,
    certs: {
      ...certs,
      ...(typeof dir === "string" ? { dir: resolve(context.baseDir, dir) } : {}),
      ...(Array.isArray(roots)
        ? {
            roots: roots.map((root, index) =>
              readCertificate(String(root), [...path, "certs", "roots", index], context),
            ),
          }
        : {}),
    },
  };
}
