import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Config } from "../src/config/config.ts";
import { type LoadOptions, loadConfig } from "../src/config/load.ts";
import { ConfigError, type ConfigProblem } from "../src/domain/errors.ts";

/** A real folder with these files, removed when the test ends. Paths may name sub-folders. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** Loads `version: 1` and this text as `strongroom.yaml`, beside these files. */
export function load(
  yaml: string,
  env: LoadOptions["env"] = {},
  { files = {}, ...options }: Partial<LoadOptions> & { readonly files?: Readonly<Record<string, string>> } = {},
): Config {
  return loadConfig({ env, cwd: folderWith({ ...files, "strongroom.yaml": `version: 1\n${yaml}` }), ...options });
}

/** What is wrong, by key path; fails when nothing is. */
export function problemsOf(run: () => unknown): Readonly<Record<string, string>> {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(error.problems.map(({ path, message }: ConfigProblem) => [path, message]));
  }
  throw new Error("nothing was wrong with the configuration");
}
