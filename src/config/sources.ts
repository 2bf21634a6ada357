import type { Source } from "../domain/source.ts";
import { providers } from "../providers/index.ts";
import { isValidAt } from "./build-context.ts";
import type { Config } from "./config.ts";

/** Every configured source by its name, as the receiver needs it. Throws for a provider that is not in the registry. */
export function openSources(config: Config): ReadonlyMap<string, Source> {
  return new Map(
    Object.values(config.sources).map(({ name, provider: providerName, secrets, settings }) => {
      const provider = Object.hasOwn(providers, providerName) ? providers[providerName] : undefined;
      if (provider === undefined) throw new Error(`source ${name}: there is no provider ${providerName}`);
      const valid = (now: number) => secrets.filter((secret) => isValidAt(secret, now)).map(({ value }) => value);
      return [name, { name, provider, settings, secrets: valid }] as const;
    }),
  );
}
