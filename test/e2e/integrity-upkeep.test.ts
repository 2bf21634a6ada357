import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ask, untilProcessed } from "../support/admin-api.ts";
import { killInbox } from "../support/inbox-process.ts";
import { fill, InboxFolder, post } from "./integrity/filled-inbox.ts";
import { auditVerify, doctor } from "./integrity/reports.ts";

async function newFolder(retention: object = {}): Promise<InboxFolder> {
  const folder = await InboxFolder.make(retention);
  onTestFinished(() => folder.remove());
  return folder;
}

async function start(folder: InboxFolder) {
  const inbox = await folder.start();
  onTestFinished(() => void killInbox(inbox));
  return inbox;
}

/** How long a loaded machine may take. */
const SOON = { timeout: 20_000 };

const old = () => new Promise((resolve) => setTimeout(resolve, 1100));

describe("strongroom gc", () => {
  it("takes payloads out of every file, keeps ids and the ledger, and says so in the audit", async () => {
    const folder = await newFolder({ events: "1s" });
    await fill(folder);
    expect(folder.filesWith("CANARY-OF-EVT-1")).not.toEqual([]);
    await old();
    const { code, stdout } = await folder.cli("gc", "--json");
    // Everything but the one that was deleted before.
    expect({ code, total: JSON.parse(stdout) }).toEqual({ code: 0, total: { ok: true, events: 7, auditRecords: 0 } });
    expect(folder.filesWith("CANARY-OF-EVT-1")).toEqual([]);
    expect(JSON.parse((await folder.cli("gc", "--json")).stdout)).toMatchObject({ events: 0 });
    expect(await doctor(folder)).toMatchObject({ ok: true });
    const { stdout: audit } = await folder.cli("audit", "list", "--limit", "100", "--json");
    expect(audit.match(/"event\.expired"/g)).toHaveLength(7);
    expect(
      folder.alerts().filter(({ kind, target }) => kind === "event.deleted" && target !== "shop:evt_gone"),
    ).toEqual([]);

    const inbox = await start(folder);
    expect(await (await post(inbox, { transactionId: "pay_1", id: "evt_1" })).json()).toMatchObject({
      duplicate: true,
    });
    expect(await ask(inbox.adminUrl, "/api/events/shop:evt_1")).toMatchObject({ payload: null, status: "processed" });
    expect(await ask(inbox.adminUrl, "/api/transactions/shop:pay_1")).toMatchObject({ status: "partially_refunded" });
  });

  it("shortens the audit chain to an anchor from which it can still be verified, and nobody else can", async () => {
    const folder = await newFolder({ audit: "1s" });
    await fill(folder);
    const before = await auditVerify(folder);
    await old();
    const total = JSON.parse((await folder.cli("gc", "--json")).stdout);
    expect(total).toEqual({ ok: true, events: 0, auditRecords: before.lastSeq - 1 });
    // The anchor, and the record that tells what went.
    const after = await auditVerify(folder);
    expect(after).toMatchObject({ ok: true, firstSeq: before.lastSeq, lastSeq: before.lastSeq + 1, records: 2 });
    expect(JSON.parse(readFileSync(folder.checkpoint, "utf8")).seq).toBe(after.lastSeq);
    expect(await doctor(folder)).toMatchObject({ ok: true });
    folder.tamper("UPDATE audit SET actor = 'nobody' WHERE seq = (SELECT min(seq) FROM audit)");
    expect((await auditVerify(folder)).problems).toMatchObject([{ seq: before.lastSeq }]);
    folder.tamper("DELETE FROM audit WHERE seq = (SELECT min(seq) FROM audit)");
    expect((await auditVerify(folder)).problems).toMatchObject([{ seq: 1 }]);
  });

  it("leaves a directory that an inbox holds to that inbox", async () => {
    const folder = await newFolder({ events: "1s" });
    const inbox = await start(folder);
    await post(inbox, { transactionId: "pay_1", id: "evt_1" });
    await old();
    expect(await folder.cli("gc")).toMatchObject({ code: 75, stdout: "" });
    expect(await ask(inbox.adminUrl, "/api/events/shop:evt_1")).not.toMatchObject({ payload: null });
  });
});

describe("a deleted event", () => {
  it("is not left in the archive", async () => {
    const folder = await newFolder();
    await fill(folder);
    const inbox = await start(folder);
    const archived = () =>
      readdirSync(join(folder.dataDir, "archive"), { recursive: true, encoding: "utf8" }).filter((name) =>
        name.endsWith(".json"),
      );
    expect(archived()).toHaveLength(1);
    const { status } = await fetch(`${inbox.adminUrl}/api/events/shop%3Aevt_dead`, { method: "DELETE" });
    expect([status, archived()]).toEqual([204, []]);
    await inbox.stop("SIGTERM");
    expect(await doctor(folder)).toMatchObject({ ok: true });
  });

  it("leaves every file at once, raises an alert, and is still known when it comes again", async () => {
    const folder = await newFolder();
    const inbox = await start(folder);
    const event = { transactionId: "pay_1", id: "evt_1", metadata: { note: "CANARY-OF-THE-DELETED" } };
    for (const one of [event, { transactionId: "pay_2", id: "evt_2" }]) await post(inbox, one);
    await untilProcessed(inbox.adminUrl);
    expect(folder.filesWith("CANARY-OF-THE-DELETED")).not.toEqual([]);
    expect((await fetch(`${inbox.adminUrl}/api/events/shop:evt_1`, { method: "DELETE" })).ok).toBe(true);
    expect(folder.filesWith("CANARY-OF-THE-DELETED")).toEqual([]);
    expect(await (await post(inbox, event)).json()).toMatchObject({ duplicate: true });
    expect(folder.filesWith("CANARY-OF-THE-DELETED")).toEqual([]);
    expect((await fetch(`${inbox.adminUrl}/api/events/shop:evt_1`)).status).toBe(404);
    expect((await inbox.stop("SIGTERM")).code).toBe(0);
    expect(folder.alerts()).toContainEqual(expect.objectContaining({ kind: "event.deleted", target: "shop:evt_1" }));
    expect(await doctor(folder)).toMatchObject({ ok: true });
  });
});

describe("strongroom backup", () => {
  it("copies a running inbox while it takes events, and an inbox starts on the copy", async () => {
    const folder = await newFolder();
    const inbox = await start(folder);
    let done = false;
    let sent = 0;
    const sending = (async () => {
      for (; !done; sent++) await post(inbox, { transactionId: `pay_${sent}`, id: `evt_${sent}` });
    })();
    await expect.poll(() => sent, SOON).toBeGreaterThan(10);
    const out = `${join(folder.folder, "backup")}/`;
    const { code, stdout } = await folder.cli("backup", "--out", out, "--json");
    done = true;
    await sending;
    await inbox.stop("SIGKILL");
    const { file, events, auditHead } = JSON.parse(stdout);
    expect({ code, file }).toEqual({ code: 0, file: join(folder.folder, "backup", "inbox.db") });
    expect(events).toBeGreaterThan(10);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const again = await folder.cli("backup", "--out", out);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("there already") });
    rmSync(folder.dataDir, { recursive: true });
    mkdirSync(folder.dataDir, { mode: 0o700 });
    cpSync(file, join(folder.dataDir, "inbox.db"));
    expect(await auditVerify(folder, "--checkpoint", checkpointOf(folder, auditHead))).toMatchObject({ ok: true });
    rmSync(folder.checkpoint);
    const restored = await start(folder);
    await untilProcessed(restored.adminUrl);
    expect(await (await post(restored, { transactionId: "pay_0", id: "evt_0" })).json()).toMatchObject({
      duplicate: true,
    });
    expect((await restored.stop("SIGTERM")).code).toBe(0);
    expect(await doctor(folder)).toMatchObject({ ok: true });
  });

  it("is not needed for a stopped inbox: its directory can be copied as it is", async () => {
    const folder = await newFolder();
    await fill(folder);
    const copy = folder.copy();
    onTestFinished(() => copy.remove());
    folder.remove();
    expect(await doctor(copy)).toMatchObject({ ok: true });
    const inbox = await start(copy);
    expect(await (await post(inbox, { transactionId: "pay_5", id: "evt_5" })).json()).toMatchObject({
      duplicate: true,
    });
  });
});

describe("the audit checkpoint", () => {
  it("is kept at the head of the chain while the inbox runs and when it stops, and can be taken by hand", async () => {
    const folder = await newFolder();
    const inbox = await start(folder);
    const seq = () => JSON.parse(readFileSync(folder.checkpoint, "utf8")).seq as number;
    await expect.poll(seq, SOON).toBe(1);
    await post(inbox, { transactionId: "pay_1", id: "evt_1" });
    await untilProcessed(inbox.adminUrl);
    const head = (await auditVerify(folder)).lastSeq;
    await expect.poll(seq, SOON).toBe(head);
    expect(statSync(folder.checkpoint).mode & 0o777).toBe(0o600);
    const kept = join(folder.folder, "kept");
    const { code, stdout } = await folder.cli("audit", "checkpoint", "--out", kept, "--url", inbox.adminUrl, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(kept, "utf8"))).toEqual(JSON.parse(stdout));
    expect(JSON.parse(stdout)).toEqual({
      ...JSON.parse(readFileSync(folder.checkpoint, "utf8")),
      at: expect.any(String),
    });
    await inbox.stop("SIGTERM");
    expect(seq()).toBe((await auditVerify(folder)).lastSeq);
    expect((await folder.cli("audit", "checkpoint", "--out", join(folder.folder, "none", "kept"))).code).toBe(1);
  });

  it("raises an alert, and holds up nothing, when it cannot be written", async () => {
    const folder = await newFolder();
    rmSync(join(folder.folder, "elsewhere"), { recursive: true });
    const inbox = await start(folder);
    expect((await post(inbox, { transactionId: "pay_1", id: "evt_1" })).status).toBe(200);
    await expect
      .poll(() => folder.alerts(), SOON)
      .toContainEqual(expect.objectContaining({ kind: "store.unavailable", target: "audit checkpoint" }));
    expect((await inbox.stop("SIGTERM")).code).toBe(0);
  });
});

function checkpointOf(folder: InboxFolder, head: object): string {
  const path = join(folder.folder, "of-the-backup");
  writeFileSync(path, JSON.stringify({ ...head, at: new Date().toISOString() }));
  return path;
}
