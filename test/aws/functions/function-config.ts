import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileConfig } from "../../../src/config/compiled-config.ts";
import { loadFunctionConfig } from "../../../src/config/load-function-config.ts";

/** Compiles this configuration (without its version), as the deployment does, and gives the path of the result. */
export async function compiledConfig(folder: string, yaml: string, name = "strongroom"): Promise<string> {
  const source = join(folder, `${name}.yaml`);
  writeFileSync(source, `version: 1\n${yaml}`);
  const path = join(folder, `${name}.json`);
  writeFileSync(path, compileConfig(await loadFunctionConfig({ env: { STRONGROOM_CONFIG: source }, cwd: folder })));
  return path;
}
