import { resolve } from "node:path";
import type { Provider } from "../domain/provider.ts";
import { providers } from "../providers/index.ts";
import type { BuildContext } from "./build-context.ts";
import { closestWord } from "./closest-word.ts";
import type { KeyPath } from "./key-path.ts";
import { namedEntries } from "./named-entries.ts";
import { readCertificate } from "./read-certificate.ts";
import { sourceSchemas } from "./schema.ts";
import type { SecretEntry } from "./secret-schema.ts";
import { validate } from "./validate.ts";
import { valueAt } from "./value-at.ts";

/** A source in the shape of the file, defaults filled in. */
export interface ParsedSource {
  readonly name: string;
  readonly provider: Provider;
  readonly secrets: readonly SecretEntry[];
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The sources without problems of shape. `check` is told of each source's `secrets` as written, before its shape is judged. */
export function parseSources(
  context: BuildContext,
  check: (provider: Provider, path: KeyPath, entries: unknown) => void,
): readonly ParsedSource[] {
  return namedEntries("sources", context).flatMap(([name, entry]) => {
    const path = ["sources", name];
    const provider = findProvider([...path, "provider"], valueAt(entry, "provider"), context);
    if (provider === null) return [];
    check(provider, [...path, "secrets"], valueAt(entry, "secrets"));
    const schema = sourceSchemas.get(provider.name);
    const parsed = schema && (validate(schema, entry, path, context) as WrittenSource | undefined);
    if (parsed === undefined) return [];
    const { provider: _, secrets = [], ...settings } = parsed;
    return [{ name, provider, secrets, settings: readCertificates(path, settings, context) }];
  });
}

type WrittenSource = Readonly<Record<string, unknown>> & { readonly secrets?: readonly SecretEntry[] };

function findProvider(path: KeyPath, name: unknown, { problems }: BuildContext): Provider | null {
  if (typeof name === "string" && Object.hasOwn(providers, name)) return providers[name] ?? null;
  const known = Object.keys(providers);
  const meant = typeof name === "string" ? closestWord(name, known) : undefined;
  if (name === undefined) problems.add(path, `is required: one of ${known.join(", ")}`);
  else problems.add(path, `must be one of ${known.join(", ")}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
  return null;
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
