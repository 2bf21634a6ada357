import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  badHandler,
  callFor,
  compile,
  failure,
  folder,
  hostPath,
  moduleOf,
  open,
} from "../../../../test/embedded/handler-pool-fixture.ts";

describe("shutdown", () => {
  const waits = (ms: number): string =>
    `export async function onEvent() { await new Promise((done) => setTimeout(done, ${ms})); }`;

  test("lets the running handler finish and takes no more", async () => {
    const { pool } = open(waits(150));
    const running = pool.run(callFor("a"));
    const queued = pool.run(callFor("b"));
    await pool.close(5000);
    expect(await running).toEqual({ kind: "done" });
    expect(await queued).toEqual(failure("the inbox is shutting down"));
    expect(await pool.run(callFor("c"))).toEqual(failure("the inbox is shutting down"));
  });

  test("kills what is still running after the grace", async () => {
    const { pool } = open("export async function onEvent() { for (;;) {} }");
    const running = pool.run(callFor("a"));
    await pool.close(200);
    expect(await running).toEqual(failure("the handler did not finish before the inbox shut down"));
  });

  test("ends the signal shortly before the grace is over", async () => {
    const { pool, lines } = open(`export async function onEvent(event, ctx) {
      ctx.log.info("started");
      await new Promise((done) => ctx.signal.addEventListener("abort", done));
      throw ctx.signal.reason;
    }`);
    const running = pool.run(callFor("a"));
    await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(1);
    await pool.close(2000);
    expect(await running).toEqual(failure("the inbox is shutting down"));
  });

  test("ignores signals that a terminal sends to the whole group", async () => {
    const { pool } = open(
      badHandler(`for (const s of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"]) process.kill(process.pid, s);
                  await new Promise((done) => setTimeout(done, 50));`),
    );
    expect(await pool.run(callFor("bad"))).toEqual({ kind: "done" });
  });

  test.each([
    ["waits", "await new Promise(() => {});"],
    ["loops for ever", "for (;;) {}"],
  ])("a handler that %s dies with an inbox that was killed", async (_, code) => {
    const pidFile = join(folder, `pid-${code.length}`);
    const module = moduleOf(
      `import fs from "node:fs";
       export async function onEvent() { fs.writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); ${code} }`,
    );
    const poolPath = join(folder, "pool.mjs");
    await compile("handler-pool.ts", poolPath);
    const log = "{ info() {}, warn() {}, error() {} }";
    const inbox = moduleOf(
      `import { openHandlerPool } from ${JSON.stringify(poolPath)};
       openHandlerPool({ module: ${JSON.stringify(module)}, hostPath: ${JSON.stringify(hostPath)}, size: 1, timeoutMs: 60000, log: ${log} })
         .run(${JSON.stringify(callFor("a"))});`,
    );
    const parent = spawn(process.execPath, [inbox], { stdio: "ignore" });
    await expect.poll(() => existsSync(pidFile) && readFileSync(pidFile, "utf8"), { timeout: 8000 }).toMatch(/^\d+$/);
    const child = Number(readFileSync(pidFile, "utf8"));
    parent.kill("SIGKILL");
    await expect.poll(() => isAlive(child), { timeout: 8000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A process that nobody has waited for yet is over all the same.
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
  return !/^\d+ \(.*\) Z/.test(stat);
}
