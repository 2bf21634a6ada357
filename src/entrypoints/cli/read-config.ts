import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { StoreConfig } from "../../config/build-config.ts";
import type { Config } from "../../config/config.ts";
import type { LoadOptions } from "../../config/load.ts";
import type { Globals } from "./globals.ts";

/**
 * The configuration that the flags and the environment name. Where no file is named and there is none here, what
 * `strongroom dev` has left in the data directory is used, so that its sources can be sent to and verified.
 */
export async function readCliConfig(globals: Globals): Promise<Config> {
  return loadConfigFile(withDevConfig(globals));
}

/** The same for a command that looks at a store and verifies nothing: no secret has to be there. */
export async function readStoreConfig(globals: Globals): Promise<StoreConfig> {
  const { loadStoreConfig } = await import("../../config/load.ts");
  return loadStoreConfig(loadOptions(withDevConfig(globals)));
}

/** The file that `readCliConfig` reads, whether it exists or not. */
export function configFileOf(globals: Globals): string {
  if (usesDevConfig(globals)) return devConfigFile(globals);
  return globals.config ?? (process.env.STRONGROOM_CONFIG || DEFAULT_FILE);
}

/** The configuration that the flags and the environment name, and no other. */
export async function loadConfigFile(globals: Pick<Globals, "config" | "dataDir">): Promise<Config> {
  const { loadConfig } = await import("../../config/load.ts");
  return loadConfig(loadOptions(globals));
}

/** Whether the user has a configuration file of their own, named or in the working directory. */
export function hasOwnConfig(globals: Pick<Globals, "config">): boolean {
  return globals.config !== undefined || Boolean(process.env.STRONGROOM_CONFIG) || existsSync(DEFAULT_FILE);
}

/** The data directory when no file says where it is. */
export function plainDataDir(globals: Pick<Globals, "dataDir">): string {
  return resolve(globals.dataDir ?? process.env.STRONGROOM_STORE__DATADIR ?? ".strongroom");
}

const DEFAULT_FILE = "strongroom.yaml";

function loadOptions({ config, dataDir }: Pick<Globals, "config" | "dataDir">): LoadOptions {
  return {
    ...(config === undefined ? {} : { file: config }),
    flags: dataDir === undefined ? {} : { dataDir },
    env: process.env,
    cwd: process.cwd(),
  };
}

function withDevConfig(globals: Globals): Globals {
  return usesDevConfig(globals) ? { ...globals, config: devConfigFile(globals) } : globals;
}

function usesDevConfig(globals: Globals): boolean {
  return !hasOwnConfig(globals) && existsSync(devConfigFile(globals));
}

function devConfigFile(globals: Pick<Globals, "dataDir">): string {
  return join(plainDataDir(globals), "dev", DEFAULT_FILE);
}
