import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SECRET } from "./stripe-requests.mjs";

const MAIN = fileURLToPath(new URL("../dist/entrypoints/cli/main.js", import.meta.url));
const FLOOR = fileURLToPath(new URL("./floor-server.mjs", import.meta.url));

/** Starts a server of `floor-server.mjs`. */
export function startFloor(kind) {
  return startProcess([FLOOR, kind], {}).then(({ child, line }) => ({
    pid: child.pid,
    port: line.port,
    stop: () => end(child, "SIGTERM"),
  }));
}

/** A data directory and configuration for one inbox, in a folder that `remove` takes away. */
export function inboxFolder() {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-bench-"));
  const file = join(folder, "strongroom.yaml");
  writeFileSync(
    file,
    `version: 1
server:
  ingest: { host: 127.0.0.1, port: 0, rateLimit: { perSecond: 1000000, burst: 1000000 }, maxBacklog: 10000000 }
  admin: { port: 0 }
store: { dataDir: ./data }
sources: { stripe: { provider: stripe, secrets: ["\${env:BENCH_SECRET}"], tolerance: 1h } }
log: { level: warn }
`,
  );
  return { file, dataDir: join(folder, "data"), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Starts the real binary. `readyMs` is from the start of the process to its ready line. */
export async function startInbox(file) {
  const started = performance.now();
  const { child, line } = await startProcess([MAIN, "start", "--config", file], { BENCH_SECRET: SECRET });
  return {
    pid: child.pid,
    port: Number(new URL(line.ingest).port),
    admin: line.admin,
    readyMs: performance.now() - started,
    stop: () => end(child, "SIGTERM"),
  };
}

async function startProcess(args, env) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const text of createInterface({ input: child.stdout })) return { child, line: JSON.parse(text) };
  throw new Error(`${args.join(" ")} ended before it was ready`);
}

function end(child, signal) {
  return new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill(signal);
  });
}
