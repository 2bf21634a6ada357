import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDatabase } from "../../src/adapters/embedded/sqlite/sqlite-driver.ts";
import { askAll } from "../support/admin-api.ts";
import { dataDirIn, spawnInbox, writeInboxConfig } from "../support/inbox-process.ts";
import { until } from "../support/run-cli.ts";
import { canMountDisk, mountDisk } from "../support/small-disk.ts";
import { atRest } from "./backpressure/at-rest.ts";
import { flood } from "./backpressure/flood.ts";
import { type PressedInbox, pressedFolder, startPressed } from "./backpressure/pressed-inbox.ts";
import { openReceiver } from "./scenarios/receiver.ts";

const NEEDS_ROOT = "(needs to mount a disk, so it is skipped without root on Linux)";
const whereDisksMount = it.skipIf(!canMountDisk());
const READY = { status: 200 };

describe("an inbox whose store is locked by another process", () => {
  it("refuses with 503 within 5 s, however many wait, answers reads, and goes on once the lock is gone", async () => {
    const inbox = await startPressed(pressedFolder());
    await inbox.payUntilAcknowledged();
    const release = lockStore(inbox);
    // They come while earlier ones wait for the lock, and must not wait for each other.
    const waiting = Array.from({ length: 12 }, async (_, n) => {
      await pause(n * 200);
      return inbox.payUntilRefused();
    });
    await inbox.expectAlive();
    expect(await inbox.readyz()).toMatchObject({
      status: 503,
      checks: { store: expect.stringMatching(/failed|slow/) },
    });
    await Promise.all(waiting);
    expect(await inbox.metric("strongroom_store_errors_total")).toBeGreaterThan(0);
    expect(await inbox.metric('strongroom_received_total{source="shop",result="unavailable"}')).toBe(12);
    expect(inbox.alerts()).toMatchObject([{ kind: "store.unavailable", target: "store" }]);

    release();
    await inbox.payUntilAcknowledged();
    expect(await inbox.readyz()).toMatchObject(READY);
    await inbox.expectKept();
  });

  it("stops in order when it is told to, and has everything at the next start", async () => {
    const folder = pressedFolder();
    const inbox = await startPressed(folder, { server: { shutdownGrace: "3s" } });
    for (let n = 0; n < 5; n++) await inbox.payUntilAcknowledged();
    const release = lockStore(inbox);
    const { code } = await inbox.stop("SIGTERM");
    expect(code).toBe(0);
    release();
    const again = await startPressed(folder);
    expect(await askAll(again.adminUrl, "/api/events")).toHaveLength(5);
  });
});

describe("an inbox on a disk that is full", () => {
  whereDisksMount(`refuses with 503 and takes more once there is space ${NEEDS_ROOT}`, async () => {
    const folder = pressedFolder();
    const disk = mountDisk(dataDirIn(folder), "8m");
    const inbox = await startPressed(folder, { store: { dataDir: dataDirIn(folder), minFreeDisk: 0 } });
    await inbox.payUntilAcknowledged();
    disk.fill();
    await inbox.payUntilRefused();
    await inbox.payUntilRefused();
    await inbox.expectAlive();
    expect(await inbox.readyz()).toMatchObject({ status: 503, checks: { store: "failed" } });
    expect(inbox.alerts()).toMatchObject([{ kind: "store.full", target: "store" }]);

    disk.free();
    await inbox.payUntilAcknowledged();
    expect(await inbox.readyz()).toMatchObject(READY);
    await inbox.expectKept();
  });

  whereDisksMount(`stops in order, and has everything at the next start ${NEEDS_ROOT}`, async () => {
    const folder = pressedFolder();
    const disk = mountDisk(dataDirIn(folder), "8m");
    const store = { dataDir: dataDirIn(folder), minFreeDisk: 0 };
    const inbox = await startPressed(folder, { store });
    for (let n = 0; n < 5; n++) await inbox.payUntilAcknowledged();
    disk.fill();
    await inbox.payUntilRefused();
    expect(await inbox.stop("SIGTERM")).toMatchObject({ code: 0 });
    disk.free();
    const again = await startPressed(folder, { store });
    expect((await askAll(again.adminUrl, "/api/events")).length).toBeGreaterThanOrEqual(5);
  });

  whereDisksMount(`refuses below store.minFreeDisk before the disk is full ${NEEDS_ROOT}`, async () => {
    const folder = pressedFolder();
    const disk = mountDisk(dataDirIn(folder), "8m");
    const inbox = await startPressed(folder, { store: { dataDir: dataDirIn(folder), minFreeDisk: "2MiB" } });
    await inbox.payUntilAcknowledged();
    disk.fill(2 ** 20);
    await inbox.payUntilRefused();
    await inbox.expectAlive();
    expect(await inbox.readyz()).toMatchObject({ status: 503, checks: { store: "failed", disk: "low" } });
    expect(inbox.alerts()).toMatchObject([{ kind: "store.full", detail: expect.stringContaining("minFreeDisk") }]);

    disk.free();
    await inbox.payUntilAcknowledged();
    expect(await inbox.readyz()).toMatchObject(READY);
    await inbox.expectKept();
  });

  it("does not start below store.minFreeDisk, and says why", async () => {
    const folder = pressedFolder();
    writeInboxConfig({ folder, config: { store: { dataDir: dataDirIn(folder), minFreeDisk: "8000TiB" } } });
    const { code, stdout, stderr } = await spawnInbox({ folder }).running.ended;
    expect({ code, stdout }).toEqual({ code: 75, stdout: "" });
    expect(stderr).toContain("store.minFreeDisk");
  });

  whereDisksMount(`loses alerts only, when only the alert file is on it ${NEEDS_ROOT}`, async () => {
    const folder = pressedFolder();
    const disk = mountDisk(join(folder, "alerts"), "64k");
    const file = join(disk.path, "alerts.ndjson");
    const inbox = await startPressed(folder, { alerts: [{ to: `file:${file}` }] });
    // An alert for each: the same id with another body. Long ones, so that a line ends in the middle of a page.
    const raiseAlert = async (id: string) => {
      for (const amountMinor of [1999, 2000]) expect((await inbox.pay("shop", { id, amountMinor })).status).toBe(200);
    };
    await raiseAlert("evt_first");
    await expect.poll(() => statSync(file).size).toBeGreaterThan(0);
    disk.fill();
    for (let n = 0; n < 60; n++) await raiseAlert(`evt_${"x".repeat(200)}_${n}`);
    await until(
      async () => inbox.output().stderr,
      (text) => text.includes("alert not sent: ENOSPC"),
    );
    await inbox.expectAlive();
    expect(await inbox.readyz()).toMatchObject(READY);

    disk.free();
    await raiseAlert("evt_last");
    await until(
      async () => inbox.alerts(file),
      (alerts) => alerts.at(-1)?.target === "shop:evt_last",
    );
    expect(inbox.alerts(file)[0]).toMatchObject({ kind: "event.conflict", target: "shop:evt_first" });
  });
});

describe("an inbox whose backlog is full", () => {
  it("refuses with 503, and takes more once it is worked off", async () => {
    const folder = pressedFolder();
    const gate = join(folder, "open");
    writeFileSync(join(folder, "handler.mjs"), HANDLER_BEHIND(gate));
    const inbox = await startPressed(folder, {
      server: { ingest: { maxBacklog: 3 } },
      processor: { handler: join(folder, "handler.mjs"), concurrency: 1 },
    });
    for (let n = 0; n < 3; n++) expect((await inbox.pay()).status).toBe(200);
    await inbox.payUntilRefused();
    await inbox.expectAlive();
    expect(await inbox.metric("strongroom_backlog")).toBe(3);
    const { items } = (await (await fetch(`${inbox.adminUrl}/api/rejections`)).json()) as { items: object[] };
    expect(items).toMatchObject([{ reason: "backlog_full", status: 503 }]);

    writeFileSync(gate, "");
    await inbox.payUntilAcknowledged();
    await inbox.expectKept();
  });
});

describe("an inbox whose archive cannot be written", () => {
  it("acknowledges, keeps the dead letters, alerts, and archives them once that is possible", async () => {
    const folder = pressedFolder();
    const archive = join(folder, "archive");
    // Something else is where the directory should be: that stops root, too.
    writeFileSync(archive, "");
    writeFileSync(join(folder, "handler.mjs"), `export async function onEvent() { throw new Error("never"); }`);
    const inbox = await startPressed(folder, {
      archive: { dir: archive },
      processor: { handler: join(folder, "handler.mjs"), retry: { maxAttempts: 1, base: "10ms", max: "10ms" } },
    });
    const { id } = await inbox.pay();
    await until(
      async () => inbox.alerts(),
      (alerts) => alerts.some(({ kind }) => kind === "archive.failed"),
    );
    expect((await inbox.pay()).status).toBe(200);
    await inbox.expectAlive();
    expect(await inbox.readyz()).toMatchObject(READY);

    rmSync(archive);
    mkdirSync(archive, { mode: 0o700 });
    const actions = async () =>
      (await askAll<{ action: string; target: string }>(inbox.adminUrl, "/api/audit")).filter(
        ({ action, target }) => action === "event.archived" && target === id,
      );
    await until(actions, (found) => found.length === 1);
    expect(await askAll(inbox.adminUrl, "/api/dead-letters")).toHaveLength(2);
  }, 120_000);
});

describe("an inbox whose destination is dead", () => {
  it("acknowledges and processes as ever, and announces everything once it is back", async () => {
    const receiver = await openReceiver();
    onTestFinished(() => receiver.close());
    receiver.answer(500);
    const inbox = await startPressed(pressedFolder(), {
      destinations: {
        ledger: { url: receiver.url, secret: "${env:OTHER}", retry: { maxAttempts: 100, base: "50ms", max: "200ms" } },
      },
    });
    for (let n = 0; n < 20; n++) expect((await inbox.pay()).status).toBe(200);
    await inbox.expectKept();
    expect(await inbox.readyz()).toMatchObject(READY);
    expect(
      await inbox.metric('strongroom_delivery_attempts_total{destination="ledger",outcome="failed"}'),
    ).toBeGreaterThan(0);
    receiver.received.length = 0;
    receiver.answer(204);
    const delivered = 'strongroom_delivery_attempts_total{destination="ledger",outcome="delivered"}';
    await until(
      () => inbox.metric(delivered),
      (count) => count === 20,
    );
  });
});

describe("a flood of forged requests", () => {
  it("costs no write, keeps honest senders served, and shows in metrics, rejections and one alert", async () => {
    const inbox = await startPressed(pressedFolder(), { server: { ingest: LOOSE } });
    for (let n = 0; n < 20; n++) await inbox.payUntilAcknowledged();
    await inbox.expectKept();
    const before = await atRest(inbox);
    await flood(inbox.ingestUrl, { count: 2500, bodyBytes: 32 * 1024 });
    expect(await atRest(inbox)).toEqual(before);

    const memory = await inbox.metric("process_resident_memory_bytes");
    let flooding = true;
    const attack = flood(inbox.ingestUrl, { count: 2500, bodyBytes: 32 * 1024 }).finally(() => {
      flooding = false;
    });
    let honest = 0;
    for (; flooding; honest++) expect((await inbox.pay(honest % 2 === 0 ? "shop" : "other")).status).toBe(200);
    await attack;
    expect(honest).toBeGreaterThan(5);
    expect(await inbox.metric('strongroom_received_total{source="shop",result="forged"}')).toBe(5000);
    // 80 MiB were sent in the second half alone.
    expect((await inbox.metric("process_resident_memory_bytes")) - memory).toBeLessThan(64 * 2 ** 20);
    const rejections = await askAll<{ status: number; source: string }>(inbox.adminUrl, "/api/rejections");
    expect(rejections[0]).toMatchObject({ status: 401, source: "shop", code: "bad_signature" });
    expect(rejections.length).toBeLessThanOrEqual(1000);
    expect(inbox.alerts().filter(({ kind }) => kind === "auth.failures")).toHaveLength(1);
    await inbox.expectKept();
  }, 120_000);

  it("spends the rate limit of its own source alone", async () => {
    const rateLimit = { perSecond: 1, burst: 50 };
    const inbox = await startPressed(pressedFolder(), { server: { ingest: { rateLimit } } });
    const statuses = await flood(inbox.ingestUrl, { count: 300, bodyBytes: 100 });
    expect(statuses.get(401)).toBeGreaterThanOrEqual(50);
    expect(statuses.get(429)).toBeGreaterThanOrEqual(200);
    expect((await inbox.pay("shop")).status).toBe(429);
    for (let n = 0; n < 20; n++) expect((await inbox.pay("other")).status).toBe(200);
  });
});

const LOOSE = { rateLimit: { perSecond: 1_000_000, burst: 1_000_000 } };

const HANDLER_BEHIND = (gate: string) => `
import { existsSync } from "node:fs";
export async function onEvent() {
  while (!existsSync(${JSON.stringify(gate)})) await new Promise((resolve) => setTimeout(resolve, 20));
}
`;

/** Takes the store's write lock, as another process would; gives the function that lets go of it. */
function lockStore({ dataDir }: PressedInbox): () => void {
  const db = openDatabase(join(dataDir, "inbox.db"), "write");
  db.exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE");
  const release = () => db.close();
  onTestFinished(release);
  return () => db.exec("ROLLBACK");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
