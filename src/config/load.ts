import { dirname, resolve } from "node:path";
import { type BuildOptions, buildConfig, buildStoreConfig, type StoreConfig } from "./build-config.ts";
import type { Config } from "./config.ts";
import { configPath } from "./config-path.ts";
import { readYaml } from "./read-yaml.ts";

export interface LoadOptions {
  /** From `--config`. */
  readonly file?: string | undefined;
  readonly flags?: { readonly dataDir?: string | undefined } | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. Paths on the command line and in `STRONGROOM_CONFIG` start here. */
  readonly cwd: string;
  /** Epoch milliseconds; the clock's time when left out. */
  readonly now?: number;
}

/**
 * Reads the configuration: flags > environment > file > defaults. The file is `--config`, else `STRONGROOM_CONFIG`, else
 * `./strongroom.yaml`; never more than one. Throws `ConfigError` with every problem and no value.
 */
export function loadConfig(options: LoadOptions): Config {
  const found = buildOptions(options);
  return buildConfig(readYaml(found.file), found);
}

/** The same for commands that look at a store and verify nothing: no secret has to be there. */
export function loadStoreConfig(options: LoadOptions): StoreConfig {
  const found = buildOptions(options);
  return buildStoreConfig(readYaml(found.file), found);
}

function buildOptions({ file, flags, env, cwd, now = Date.now() }: LoadOptions): BuildOptions & { file: string } {
  const path = configPath({ file, env, cwd });
  const dataDir = flags?.dataDir === undefined ? undefined : resolve(cwd, flags.dataDir);
  return { file: path, baseDir: dirname(path), env, dataDir, now };
}
