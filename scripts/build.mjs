// Compiles src/ to dist/ file by file and copies the SQL migrations beside the code that reads them.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
rmSync(`${root}dist`, { recursive: true, force: true });
const tsc = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", `${root}tsconfig.build.json`], {
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
cpSync(`${root}src/adapters/embedded/sqlite/migrations`, `${root}dist/adapters/embedded/sqlite/migrations`, { recursive: true });
chmodSync(`${root}dist/entrypoints/cli/main.js`, 0o755);
