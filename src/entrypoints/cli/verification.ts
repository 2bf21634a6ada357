import { dirname, resolve } from "node:path";
import { ConfigError } from "../../domain/errors.ts";
import type { Provider } from "../../domain/provider.ts";
import type { DiagnosableSource, NamedSecret } from "../../providers/diagnose.ts";
import type { Globals } from "./globals.ts";
import { configFileOf, readCliConfig } from "./read-config.ts";

/**
 * Every configured source as `diagnose` needs it. An API key in the place of the asked source's signing secret makes
 * the configuration invalid, but it is also what a person who calls `verify` has to be told: then that source comes
 * alone, with that key. Any other problem is thrown as it is.
 */
export async function readDiagnosableSources(globals: Globals, asked: string): Promise<readonly DiagnosableSource[]> {
  const { providers } = await import("../../providers/index.ts");
  const known = (name: string): Provider => {
    const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
    if (provider === undefined) throw new Error(`there is no provider ${name}`);
    return provider;
  };
  try {
    const config = await readCliConfig(globals);
    return Object.values(config.sources).map(({ provider, ...source }) => ({ ...source, provider: known(provider) }));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const source = await sourceWithApiKey(globals, asked, error, known);
    if (source === null) throw error;
    return [source];
  }
}

async function sourceWithApiKey(
  globals: Globals,
  asked: string,
  error: ConfigError,
  known: (name: string) => Provider,
): Promise<DiagnosableSource | null> {
  const place = `sources.${asked}.secrets[`;
  if (!error.problems.every(({ path }) => path.startsWith(place))) return null;
  const [{ readYaml }, { parseReference }, { resolveReference }, { isApiKey }] = await Promise.all([
    import("../../config/read-yaml.ts"),
    import("../../config/reference.ts"),
    import("../../config/interpolate.ts"),
    import("../../providers/diagnose-explain.ts"),
  ]);
  const file = resolve(configFileOf(globals));
  const tree = readYaml(file) as {
    sources: Record<string, { provider: string; secrets: (string | { ref: string })[] }>;
  };
  const written = tree.sources[asked];
  if (written === undefined) return null;
  const provider = known(written.provider);
  const secrets = written.secrets.flatMap((entry): NamedSecret[] => {
    const ref = typeof entry === "string" ? entry : entry.ref;
    const reference = parseReference(ref);
    const found = reference && resolveReference(reference, { env: process.env, baseDir: dirname(file) });
    return found?.kind === "value" && isApiKey(provider, found.value)
      ? [{ ref, value: found.value, notAfter: null }]
      : [];
  });
  return secrets.length === 0 ? null : { name: asked, provider, settings: defaultsOf(provider), secrets };
}

/** Settings do not matter to a source that cannot verify anything, but they have to be there. */
function defaultsOf(provider: Provider): DiagnosableSource["settings"] {
  return Object.fromEntries(Object.entries(provider.settings).map(([name, spec]) => [name, spec.default ?? ""]));
}
