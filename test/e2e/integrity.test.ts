import { chmodSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { AuditRow } from "../../src/adapters/embedded/sqlite/audit-chain.ts";
import type { Database } from "../../src/adapters/embedded/sqlite/sqlite-driver.ts";
import type { Check } from "../../src/ports/integrity.ts";
import { killInbox } from "../support/inbox-process.ts";
import { fill, InboxFolder } from "./integrity/filled-inbox.ts";
import { auditVerify, doctor } from "./integrity/reports.ts";
import { changeWithHash, DOCTOR_CASES, insertAt, rehash, rewrite } from "./integrity/tampering.ts";

let whole: InboxFolder;
beforeAll(async () => {
  whole = await InboxFolder.make();
  await fill(whole);
});
afterAll(() => whole.remove());

function copyOfWhole(): InboxFolder {
  const copy = whole.copy();
  onTestFinished(() => copy.remove());
  return copy;
}

describe("strongroom doctor", () => {
  it("finds nothing wrong with an inbox that nobody tampered with, stopped or running", async () => {
    const folder = copyOfWhole();
    expect(await doctor(folder)).toMatchObject({ ok: true });
    const inbox = await folder.start();
    expect(await doctor(folder)).toMatchObject({ ok: true });
    const { stdout, code } = await folder.cli("doctor");
    expect({ code, wrong: stdout.match(/^WRONG/m) }).toEqual({ code: 0, wrong: null });
    expect((await inbox.stop("SIGTERM")).code).toBe(0);
  });

  it.each(DOCTOR_CASES)("finds %s, and names it", async (_, change, check, target) => {
    const folder = copyOfWhole();
    folder.tamper(change);
    const { wrong } = await doctor(folder);
    expect(wrong.get(check)?.map((problem) => problem.target)).toContain(target);
  });

  it("finds a damaged file", async () => {
    const folder = copyOfWhole();
    const file = join(folder.dataDir, "inbox.db");
    const handle = openSync(file, "r+");
    // The second half of every page but the first, where the rows are.
    for (let at = 8192; at + 8192 <= statSync(file).size; at += 8192)
      writeSync(handle, Buffer.alloc(4096, 255), 0, 4096, at + 4096);
    expect((await doctor(folder)).wrong.has("database")).toBe(true);
    writeFileSync(file, "this is no database, and it is long enough to be looked at as one".repeat(20));
    expect((await doctor(folder)).wrong.get("database")).toHaveLength(1);
  });

  it("finds files that others can read, a clock that was set back, and an archive and a checkpoint that cannot be written", async () => {
    const folder = copyOfWhole();
    chmodSync(join(folder.dataDir, "inbox.db"), 0o644);
    folder.tamper((db) => {
      const last = db.prepare("SELECT * FROM audit ORDER BY seq DESC LIMIT 1").get() as AuditRow;
      db.prepare("UPDATE audit SET at = ? WHERE seq = ?").run(last.at + 3_600_000, last.seq);
      rehash(db);
    });
    for (const directory of [join(folder.folder, "elsewhere"), join(folder.dataDir, "archive")]) {
      rmSync(directory, { recursive: true });
    }
    writeFileSync(join(folder.dataDir, "archive"), "", { mode: 0o600 });
    const { wrong } = await doctor(folder);
    expect([...wrong.keys()]).toEqual(["clock", "permissions", "archive", "checkpoint"]);
    expect(wrong.get("permissions")).toEqual([
      { target: join(folder.dataDir, "inbox.db"), problem: "has mode 0644; 0600 is meant" },
    ]);
  });

  it("looks at the store whatever the configuration says, when the directory is named", async () => {
    const folder = copyOfWhole();
    writeFileSync(join(folder.folder, "strongroom.yaml"), "version: 1\nnonsense: 1\n");
    expect(await folder.cli("doctor")).toMatchObject({ code: 78, stdout: "" });
    const { code, stdout } = await folder.cli("doctor", "--json", "--data-dir", folder.dataDir);
    const { checks } = JSON.parse(stdout) as { checks: readonly Check[] };
    expect(code).toBe(5);
    expect(checks.filter((check) => !check.ok)).toMatchObject([
      { name: "configuration", problems: [{ target: "nonsense" }] },
    ]);
    rmSync(folder.dataDir, { recursive: true });
    expect((await folder.cli("doctor", "--data-dir", folder.dataDir)).code).toBe(75);
  });
});

describe("strongroom audit verify", () => {
  const cases: readonly (readonly [string, (db: Database) => void, number])[] = [
    ["a changed record", (db) => db.exec("UPDATE audit SET outcome = 'other' WHERE seq = 4"), 4],
    ["a changed time", (db) => db.exec("UPDATE audit SET at = at + 1 WHERE seq = 4"), 4],
    ["a removed record", (db) => db.exec("DELETE FROM audit WHERE seq = 4"), 4],
    ["a removed start", (db) => db.exec("DELETE FROM audit WHERE seq < 4"), 1],
    [
      "a removed record whose followers moved up",
      (db) => db.exec("DELETE FROM audit WHERE seq = 4; UPDATE audit SET seq = seq - 1 WHERE seq > 4"),
      4,
    ],
    ["an inserted record", (db) => insertAt(db, 4), 4],
    [
      "swapped records",
      (db) =>
        db.exec(
          "UPDATE audit SET seq = -4 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = -4",
        ),
      4,
    ],
    [
      "a record that was added behind the last",
      (db) => db.exec("INSERT INTO audit SELECT max(seq) + 1, at, actor, action, target, outcome, hash FROM audit"),
      -1,
    ],
    ["a changed record whose hash was made to fit", (db) => changeWithHash(db, 4), 5],
  ];

  it.each(cases)("finds %s, and says where", async (_, change, seq) => {
    const folder = copyOfWhole();
    rmSync(folder.checkpoint);
    folder.tamper(change);
    const { ok, lastSeq, problems } = await auditVerify(folder);
    expect({ ok, seq: problems[0]?.seq }).toEqual({ ok: false, seq: seq === -1 ? lastSeq : seq });
  });

  it.each([
    ["a tail that was cut off", (db: Database) => db.exec("DELETE FROM audit WHERE seq > 8"), 9],
    ["a chain that was written anew", (db: Database) => rewrite(db), "checkpoint"],
    ["a chain that was emptied", (db: Database) => db.exec("DELETE FROM audit"), 1],
  ] as const)(
    "needs the checkpoint to find %s, uses the configured one by itself, and takes another",
    async (_, change, at) => {
      const folder = copyOfWhole();
      const { seq } = JSON.parse(readFileSync(folder.checkpoint, "utf8")) as { seq: number };
      folder.tamper(change);
      expect((await auditVerify(folder)).problems).toMatchObject([{ seq: at === "checkpoint" ? seq : at }]);
      const kept = join(folder.folder, "kept");
      writeFileSync(kept, readFileSync(folder.checkpoint));
      rmSync(folder.checkpoint);
      expect((await auditVerify(folder)).ok).toBe(true);
      expect((await auditVerify(folder, "--checkpoint", kept)).ok).toBe(false);
    },
  );

  it("says of the start that a chain does not fit its checkpoint, over --url as well, and leaves the evidence alone", async () => {
    const folder = copyOfWhole();
    const before = readFileSync(folder.checkpoint, "utf8");
    folder.tamper((db) => rewrite(db));
    const inbox = await folder.start();
    onTestFinished(() => void killInbox(inbox));
    const report = await auditVerify(folder, "--url", inbox.adminUrl, "--checkpoint", folder.checkpoint);
    expect(report.problems).toEqual([
      { seq: JSON.parse(before).seq, problem: expect.stringContaining("written anew") },
    ]);
    expect((await auditVerify(folder, "--url", inbox.adminUrl)).ok).toBe(true);
    expect((await inbox.stop("SIGTERM")).code).toBe(0);
    expect(folder.alerts()).toContainEqual(expect.objectContaining({ kind: "audit.broken", target: "audit" }));
    expect(readFileSync(folder.checkpoint, "utf8")).toBe(before);
  });

  it("refuses a checkpoint that is not there, and tells of one that is none", async () => {
    const folder = copyOfWhole();
    expect((await folder.cli("audit", "verify", "--checkpoint", "absent")).code).toBe(2);
    writeFileSync(folder.checkpoint, "{}");
    expect((await auditVerify(folder)).problems).toMatchObject([{ seq: 0 }]);
  });
});
