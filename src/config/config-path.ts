import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError } from "../domain/errors.ts";

const DEFAULT_FILE = "strongroom.yaml";

/** The absolute path of the file: `--config`, else `STRONGROOM_CONFIG`, else `./strongroom.yaml`. */
export function configPath(options: {
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}): string {
  const { file, env, cwd } = options;
  const path = resolve(cwd, file ?? (env.STRONGROOM_CONFIG || DEFAULT_FILE));
  if (file === undefined && !env.STRONGROOM_CONFIG && !existsSync(path)) {
    throw new ConfigError([{ path: DEFAULT_FILE, message: "does not exist here; strongroom init writes one" }]);
  }
  return path;
}
