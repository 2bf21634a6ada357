// Compiles src/ file by file, copies the SQL migrations beside the code that reads them, and bundles the program, the
// Lambda functions and what asks a stack. The result takes the place of dist/ only when it is complete, so that a failed build leaves the old one.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle, bundleFunctions } from "./bundle.mjs";
import { bundleProgram } from "./bundle-program.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const fresh = `${root}dist.new-${process.pid}`;
const old = `${root}dist.old-${process.pid}`;
const tsc = [`${root}node_modules/typescript/bin/tsc`, "-p", `${root}tsconfig.build.json`, "--outDir", fresh];
const { status } = spawnSync(process.execPath, tsc, { stdio: "inherit" });
if (status !== 0) {
  rmSync(fresh, { recursive: true, force: true });
  process.exit(status ?? 1);
}
const migrations = "adapters/embedded/sqlite/migrations";
cpSync(`${root}src/${migrations}`, `${fresh}/${migrations}`, { recursive: true });
await bundleProgram(`${root}src`, fresh);
await bundleFunctions(`${root}src`, `${fresh}/lambda`);
await bundle({ index: `${root}src/entrypoints/stack/stack.ts` }, `${fresh}/stack`);
// The same code again, file by file, and unusable: the SDK is no dependency of ours.
for (const name of ["lambda", "stack"]) rmSync(`${fresh}/entrypoints/${name}`, { recursive: true });
chmodSync(`${fresh}/entrypoints/cli/main.js`, 0o755);
if (existsSync(`${root}dist`)) renameSync(`${root}dist`, old);
renameSync(fresh, `${root}dist`);
rmSync(old, { recursive: true, force: true });
