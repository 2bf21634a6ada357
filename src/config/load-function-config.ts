import { readFileSync } from "node:fs";
import { ConfigError } from "../domain/errors.ts";
import { readCompiledConfig } from "./compiled-config.ts";
import { configPath } from "./config-path.ts";
import type { FunctionConfig } from "./function-config.ts";

export interface LoadFunctionOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. A relative `STRONGROOM_CONFIG` starts here. */
  readonly cwd: string;
  /** Epoch milliseconds; the clock's time when left out. */
  readonly now?: number;
}

/**
 * Reads the configuration for the functions on AWS: `STRONGROOM_CONFIG`, else `./strongroom.yaml`, the same file as
 * anywhere else, or what `compileConfig` made of it. No secret is looked at. Throws `ConfigError` with every problem.
 */
export async function loadFunctionConfig({ env, cwd, now = Date.now() }: LoadFunctionOptions): Promise<FunctionConfig> {
  const file = configPath({ env, cwd });
  const compiled = readCompiled(file);
  if (compiled !== null) {
    refuseOverrides(env);
    return compiled;
  }
  // YAML and schemas take long to load, so only those who need them pay for it.
  const { buildFunctionConfig } = await import("./build-function-config.ts");
  return buildFunctionConfig(file, { env, now });
}

function readCompiled(file: string): FunctionConfig | null {
  if (!file.endsWith(".json")) return null;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // The other way says better what is wrong with the file.
    return null;
  }
  return readCompiledConfig(text, file);
}

/** An override that is silently without effect would be worse than none. */
function refuseOverrides(env: LoadFunctionOptions["env"]): void {
  const names = Object.keys(env).filter((name) => name.startsWith("STRONGROOM_") && name.includes("__"));
  if (names.length === 0) return;
  const message = "cannot change a compiled configuration; set it where the configuration is compiled";
  throw new ConfigError(names.map((path) => ({ path, message })));
}
