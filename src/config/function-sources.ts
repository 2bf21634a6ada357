import { dirname } from "node:path";
import type { Provider } from "../domain/provider.ts";
import type { SecretStore } from "../domain/secret-lookup.ts";
import type { Source } from "../domain/source.ts";
import { providers } from "../providers/index.ts";
import { isValidAt } from "./build-context.ts";
import type { FunctionConfig, FunctionSource } from "./function-config.ts";
import { collectProblems } from "./problems.ts";
import { faultOfSecret } from "./secret-fault.ts";
import { type PlacingContext, placeOfSecret, type SecretPlace } from "./secret-place.ts";

export interface FunctionSourceParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the names of the deployment's secrets start with; null when it has none of its own. */
  readonly secretsPrefix: string | null;
  readonly store: SecretStore;
  /** Told once of a source whose secret is there and cannot be used. The message holds no value. */
  readonly warn: (source: string, message: string) => void;
}

/**
 * Every configured source by its name, with secrets from the environment, files and AWS Secrets Manager. A secret that
 * is needed and cannot be had makes `secrets` null, which is answered 503: an authentic delivery must not be called
 * forged. Throws `ConfigError` for references that lead nowhere.
 */
export function openFunctionSources(config: FunctionConfig, parts: FunctionSourceParts): ReadonlyMap<string, Source> {
  const problems = collectProblems();
  const context = { env: parts.env, baseDir: dirname(config.file), prefix: parts.secretsPrefix, problems };
  const sources = Object.values(config.sources).map(
    (source) => [source.name, openSource(source, context, parts)] as const,
  );
  problems.throwIfAny();
  return new Map(sources);
}

function openSource(source: FunctionSource, context: PlacingContext, parts: FunctionSourceParts): Source {
  const { name, settings } = source;
  const provider = Object.hasOwn(providers, source.provider) ? providers[source.provider] : undefined;
  if (provider === undefined) throw new Error(`source ${name}: there is no provider ${source.provider}`);
  if (provider.secret === null) return { name, provider, settings, secrets: () => [] };
  const places = source.secrets.map((_, index) => placeOfSecret(source, index, provider, context));
  if (places.every((place) => place === "unset")) {
    context.problems.add(["sources", name, "secrets"], "holds no secret that is set: nothing could be verified");
  }
  const set = places.filter((place) => place !== null && place !== "unset");
  let warned = false;
  const usable = (values: readonly string[]): readonly string[] | null => {
    const fit = values.filter((value) => faultOfSecret(provider, value) === null);
    if (fit.length > 0) return fit;
    if (!warned) parts.warn(name, `no value of the secret can be used: ${provider.secret?.describe}`);
    warned = true;
    return null;
  };
  const by = (how: keyof SecretStore) => (now: number) => collectSecrets(set, parts.store[how], usable, now);
  return {
    name,
    provider: set.some(({ kind }) => kind === "kept") ? verifyingTwice(provider, by("newer")) : provider,
    settings,
    secrets: by("values"),
  };
}

/** Null when one that is needed cannot be had. */
async function collectSecrets(
  places: readonly SecretPlace[],
  look: SecretStore["values"],
  usable: (values: readonly string[]) => readonly string[] | null,
  now: number,
): Promise<readonly string[] | null> {
  const found = await Promise.all(
    places
      .filter((place) => isValidAt(place, now))
      .map(async (place): Promise<readonly string[] | null> => {
        if (place.kind === "value") return [place.value];
        const lookup = await look(place.ids, place.key);
        if (lookup.kind === "found") return usable(lookup.values);
        return lookup.kind === "unknown" && place.optional ? [] : null;
      }),
  );
  const values = new Set<string>();
  for (const one of found) {
    if (one === null) return null;
    for (const value of one) values.add(value);
  }
  return values.size === 0 ? null : [...values];
}

/**
 * A wrong signature may be that of a secret which is newer than ours, so it is judged once more when there is one. The
 * store limits how often it is asked, so that forgeries cannot make it ask more often than once a minute.
 */
function verifyingTwice(provider: Provider, newer: (now: number) => Promise<readonly string[] | null>): Provider {
  return {
    ...provider,
    async verify(delivery, context) {
      const verdict = await provider.verify(delivery, context);
      if (verdict.kind !== "forged" || verdict.reason !== "wrong_signature") return verdict;
      const secrets = await newer(context.now);
      if (secrets === null || secrets.every((secret) => context.secrets.includes(secret))) return verdict;
      return provider.verify(delivery, { ...context, secrets });
    },
  };
}
