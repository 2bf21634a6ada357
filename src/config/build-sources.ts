import type { Provider } from "../domain/provider.ts";
import { type BuildContext, isValidAt, secretAt } from "./build-context.ts";
import type { SourceConfig } from "./config.ts";
import { formatPath, type KeyPath } from "./key-path.ts";
import { parseSources } from "./parse-sources.ts";
import { faultOfSecret } from "./secret-fault.ts";
import type { SecretEntry } from "./secret-schema.ts";

/** The sources without problems. */
export function buildSources(context: BuildContext): Readonly<Record<string, SourceConfig>> {
  const parsed = parseSources(context, (provider, path, entries) => checkSecrets(provider, path, entries, context));
  return Object.fromEntries(
    parsed.map(({ name, provider, secrets, settings }) => {
      const path = ["sources", name, "secrets"];
      return [
        name,
        { name, provider: provider.name, secrets: readSecrets(provider, path, secrets, context), settings },
      ] as const;
    }),
  );
}

function checkSecrets(provider: Provider, path: KeyPath, entries: unknown, context: BuildContext): void {
  if (!Array.isArray(entries)) return;
  for (const index of entries.keys()) {
    const secret = context.secrets.get(formatPath([...path, index]));
    const fault = secret?.kind === "value" ? faultOfSecret(provider, secret.value) : null;
    if (fault !== null) context.problems.add([...path, index], fault);
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
