import type { StoreConfig } from "../../config/build-config.ts";
import { ConfigError, type ConfigProblem } from "../../domain/errors.ts";
import type { Globals } from "./globals.ts";
import { hasOwnConfig, plainDataDir, readStoreConfig } from "./read-config.ts";

export interface DataDir {
  readonly dataDir: string;
  /** Null when there is none, or none that is valid. */
  readonly config: StoreConfig | null;
  /** Why the configuration is not valid. */
  readonly problems: readonly ConfigProblem[];
}

/**
 * The data directory, for commands that look at it whatever the configuration says. A configuration that is absent or
 * not valid is thrown only when nothing else names the directory.
 */
export async function readDataDir(globals: Globals): Promise<DataDir> {
  try {
    const config = await readStoreConfig(globals);
    return { dataDir: config.store.dataDir, config, problems: [] };
  } catch (error) {
    const isNamed = globals.dataDir !== undefined || Boolean(process.env.STRONGROOM_STORE__DATADIR);
    if (!(error instanceof ConfigError) || !isNamed) throw error;
    return { dataDir: plainDataDir(globals), config: null, problems: hasOwnConfig(globals) ? error.problems : [] };
  }
}
