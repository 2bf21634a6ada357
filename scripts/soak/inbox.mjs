import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../dist/entrypoints/cli/main.js", import.meta.url));

export const SECRET = randomBytes(24).toString("hex");

// One attempt in fifty fails the first time, so that retries are part of what is watched.
const HANDLER = `
export async function onEvent(event, { attempt }) {
  await new Promise((resolve) => setTimeout(resolve, 2));
  if (attempt === 1 && Math.random() < 0.02) throw new Error("not at once");
}
`;

/** The real binary in a folder of its own, and the destination that it announces to. */
export async function startSoakInbox() {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-soak-"));
  const receiver = await startReceiver();
  const file = join(folder, "strongroom.yaml");
  writeFileSync(join(folder, "handler.mjs"), HANDLER);
  writeFileSync(
    file,
    `version: 1
server:
  ingest: { host: 127.0.0.1, port: 0, rateLimit: { perSecond: 100000, burst: 100000 } }
  admin: { port: 0 }
store: { dataDir: ./data, retention: { events: 20s, audit: 30s } }
archive: { dir: ./archive }
sources: { shop: { provider: generic, secrets: ["\${env:SOAK_SECRET}"] } }
processor: { handler: ./handler.mjs, retry: { maxAttempts: 5, base: 50ms, max: 1s } }
destinations:
  ledger: { url: "${receiver.url}", secret: "\${env:SOAK_SECRET}", retry: { maxAttempts: 12, base: 100ms, max: 2s } }
alerts: [ { to: "file:./alerts.ndjson" } ]
log: { level: error }
`,
  );
  const env = { ...process.env, SOAK_SECRET: SECRET };
  const child = spawn(process.execPath, [MAIN, "start", "--config", file], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = new Promise((resolve) => child.once("exit", resolve));
  const ready = await firstLine(child);
  if (ready === null) throw new Error("the inbox ended before it was ready");

  return {
    pid: child.pid,
    dataDir: join(folder, "data"),
    ingestUrl: ready.ingest,
    adminUrl: ready.admin,
    announced: receiver.count,
    /** Stops it in order and looks at what it left. */
    async finish() {
      child.kill("SIGTERM");
      const exitCode = await exit;
      const { stdout } = spawnSync(process.execPath, [MAIN, "doctor", "--config", file, "--json"], {
        env,
        encoding: "utf8",
      });
      const checks = stdout === "" ? [{ name: "doctor", ok: false }] : JSON.parse(stdout).checks;
      return { exitCode, unsound: checks.filter((check) => !check.ok).map((check) => check.name) };
    },
    async remove() {
      child.kill("SIGKILL");
      await exit;
      receiver.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function firstLine(child) {
  for await (const text of createInterface({ input: child.stdout })) return JSON.parse(text);
  return null;
}

/** Refuses one announcement in fifty, so that deliveries are tried again. */
function startReceiver() {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const status = Math.random() < 0.02 ? 500 : 204;
      if (status === 204) count++;
      response.writeHead(status).end();
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const url = `http://127.0.0.1:${server.address().port}/hook`;
      resolve({
        url,
        count: () => count,
        close() {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}
