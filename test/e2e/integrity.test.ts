import { chmodSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type AuditRow, GENESIS, linkHash } from "../../src/adapters/embedded/sqlite/audit-chain.ts";
import type { Database } from "../../src/adapters/embedded/sqlite/sqlite-driver.ts";
import type { Check } from "../../src/ports/integrity.ts";
import { killInbox } from "../support/inbox-process.ts";
import { fill, InboxFolder } from "./integrity/filled-inbox.ts";

let whole: InboxFolder;
beforeAll(async () => {
  whole = await InboxFolder.make();
  await fill(whole);
});
afterAll(() => whole.remove());

const SEQ = (id: string) => `(SELECT seq FROM events WHERE provider_event_id = '${id}')`;

function copyOfWhole(): InboxFolder {
  const copy = whole.copy();
  onTestFinished(() => copy.remove());
  return copy;
}

async function doctor(folder: InboxFolder) {
  const { code, stdout, stderr } = await folder.cli("doctor", "--json");
  expect(stderr).toBe("");
  const { ok, dbPath, checks } = JSON.parse(stdout) as { ok: boolean; dbPath: string; checks: readonly Check[] };
  expect({ code, dbPath }).toEqual({ code: ok ? 0 : 5, dbPath: join(folder.dataDir, "inbox.db") });
  const wrong = checks.filter((check) => !check.ok);
  return { ok, checks, wrong: new Map(wrong.map(({ name, problems = [] }) => [name, problems])) };
}

async function auditVerify(folder: InboxFolder, ...args: readonly string[]) {
  const { code, stdout } = await folder.cli("audit", "verify", "--json", ...args);
  const report = JSON.parse(stdout) as {
    readonly ok: boolean;
    readonly records: number;
    readonly firstSeq: number;
    readonly lastSeq: number;
    readonly problems: readonly { readonly seq: number; readonly problem: string }[];
  };
  expect(code).toBe(report.ok ? 0 : 5);
  return report;
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

  it.each([
    [
      "a changed payload",
      `UPDATE payloads SET body = CAST(replace(CAST(body AS TEXT), '19.99', '99.99') AS BLOB) WHERE seq = ${SEQ("evt_1")}`,
      "payloads",
      "shop:evt_1",
    ],
    [
      "a changed payload that was redacted",
      `UPDATE payloads SET body = CAST(replace(CAST(body AS TEXT), '19.99', '99.99') AS BLOB) WHERE seq = ${SEQ("evt_card")}`,
      "payloads",
      "shop:evt_card",
    ],
    [
      "swapped payloads",
      `CREATE TEMP TABLE t AS SELECT * FROM payloads WHERE seq IN (1, 2); UPDATE payloads SET body = (SELECT body FROM t WHERE t.seq = 3 - payloads.seq) WHERE seq IN (1, 2)`,
      "payloads",
      "shop:evt_2",
    ],
    ["a removed payload", `DELETE FROM payloads WHERE seq = ${SEQ("evt_5")}`, "queue", "shop:evt_5"],
    [
      "a changed SHA-256 of a body",
      `UPDATE events SET body_sha256 = zeroblob(32) WHERE provider_event_id = 'evt_1'`,
      "events",
      "shop:evt_1",
    ],
    [
      "a changed amount",
      `UPDATE events SET amount_minor = '1' WHERE provider_event_id = 'evt_2'`,
      "events",
      "shop:evt_2",
    ],
    [
      "a changed amount of an event and of the ledger",
      `UPDATE events SET amount_minor = '1' WHERE provider_event_id = 'evt_5'; UPDATE transactions SET state = replace(state, '1999', '1') WHERE transaction_id = 'shop:pay_5'`,
      "events",
      "shop:evt_5",
    ],
    [
      "an event that was moved to another payment",
      `UPDATE events SET transaction_id = 'shop:pay_5' WHERE provider_event_id = 'evt_3'`,
      "events",
      "shop:evt_3",
    ],
    [
      "a changed time of receipt",
      `UPDATE events SET received_at = '2020-01-01T00:00:00.000Z' WHERE provider_event_id = 'evt_5'`,
      "events",
      "shop:evt_5",
    ],
    [
      "a renamed event",
      `UPDATE events SET provider_event_id = 'evt_other' WHERE provider_event_id = 'evt_5'`,
      "events",
      "shop:evt_5",
    ],
    ["an event that was removed from every table", (db: Database) => eraseEvent(db, "evt_2"), "events", "shop:evt_2"],
    ["the newest event removed from every table", (db: Database) => eraseEvent(db, "evt_5"), "events", "shop:evt_5"],
    [
      "an event that was made up",
      `INSERT INTO events SELECT seq + 100, source, provider, 'evt_new', provider_type, type, 'shop:pay_9', received_at, occurred_at, amount_minor, currency, refund_id, dispute_id, quarantine, body_sha256, body_bytes, redacted, headers, deleted_at FROM events WHERE provider_event_id = 'evt_5'`,
      "events",
      "shop:evt_new",
    ],
    [
      "a changed amount in the ledger",
      `UPDATE transactions SET state = replace(state, '1999', '9999') WHERE transaction_id = 'shop:pay_1'`,
      "ledger",
      "shop:pay_1",
    ],
    [
      "a changed status in the ledger",
      `UPDATE transactions SET status = 'refunded' WHERE transaction_id = 'shop:pay_1'`,
      "ledger",
      "shop:pay_1",
    ],
    [
      "a removed transaction",
      `DELETE FROM transaction_keys WHERE id = (SELECT id FROM transactions WHERE transaction_id = 'shop:pay_5'); DELETE FROM transactions WHERE transaction_id = 'shop:pay_5'`,
      "ledger",
      "shop:evt_5",
    ],
    ["a refund that was taken out of a payment's history", (db: Database) => forgetRefund(db), "ledger", "shop:evt_3"],
    [
      "a changed outcome",
      `UPDATE outcomes SET status_to = 'failed' WHERE seq = ${SEQ("evt_5")}`,
      "ledger",
      "shop:evt_5",
    ],
    [
      "a quarantined event that was made a processed one",
      `UPDATE outcomes SET status = 'processed', effect = 'none' WHERE status = 'quarantined'`,
      "queue",
      "shop:evt_usd",
    ],
    ["an outcome that is gone", `DELETE FROM outcomes WHERE status = 'quarantined'`, "queue", "shop:evt_usd"],
    [
      "a processed event that waits to be applied again",
      `DELETE FROM outcomes WHERE seq = ${SEQ("evt_5")}; INSERT INTO queue (seq) VALUES (${SEQ("evt_5")})`,
      "queue",
      "shop:evt_5",
    ],
    ["a dead letter that is not listed", "DELETE FROM dead_letters", "queue", "shop:evt_dead"],
    [
      "an event that was hidden",
      `UPDATE events SET deleted_at = 1 WHERE provider_event_id = 'evt_1'`,
      "queue",
      "shop:evt_1",
    ],
    [
      "a deletion that was undone",
      `UPDATE events SET deleted_at = NULL WHERE provider_event_id = 'evt_gone'`,
      "queue",
      "shop:evt_gone",
    ],
    ["a missing key", `DELETE FROM event_keys WHERE seq = ${SEQ("evt_1")}`, "keys", "shop:evt_1"],
    [
      "a key that leads to another event",
      `UPDATE event_keys SET seq = ${SEQ("evt_2")} WHERE seq = ${SEQ("evt_1")}`,
      "keys",
      "shop:evt_1",
    ],
    ["a key of no event", "INSERT INTO event_keys (key, seq) VALUES (5, 999)", "tables", "event number 999"],
    ["a missing key of a transaction", "DELETE FROM transaction_keys WHERE id = 1", "ledger", "shop:pay_1"],
    [
      "an outcome of no event",
      `INSERT INTO outcomes (seq, status, started_at, ended_at) VALUES (999, 'processed', 1, 1)`,
      "tables",
      "event number 999",
    ],
    [
      "a changed announcement",
      `UPDATE outbox SET announcement = replace(announcement, '"1999"', '"9999"')`,
      "outbox",
      "announcement 1 to books",
    ],
    ["a changed audit record", `UPDATE audit SET actor = 'nobody' WHERE seq = 3`, "audit", "record 3"],
    [
      "an audit record without its digest",
      `UPDATE audit SET outcome = 'stored' WHERE target = 'shop:evt_1' AND action = 'event.received'`,
      "events",
      "shop:evt_1",
    ],
  ] as const)("finds %s, and names it", async (_, change, check, target) => {
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

  it("finds files that others can read, a clock that was set back, and a checkpoint that cannot be written", async () => {
    const folder = copyOfWhole();
    chmodSync(join(folder.dataDir, "inbox.db"), 0o644);
    folder.tamper((db) => {
      const last = db.prepare("SELECT * FROM audit ORDER BY seq DESC LIMIT 1").get() as AuditRow;
      db.prepare("UPDATE audit SET at = ? WHERE seq = ?").run(last.at + 3_600_000, last.seq);
      rehash(db);
    });
    rmSync(join(folder.folder, "elsewhere"), { recursive: true });
    const { wrong } = await doctor(folder);
    expect([...wrong.keys()]).toEqual(["clock", "permissions", "checkpoint"]);
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

/** Every hash made to fit again, as someone would who can write the file. */
function rehash(db: Database): void {
  let previous: Uint8Array = GENESIS;
  const rows = db.prepare("SELECT seq, at, actor, action, target, outcome, hash FROM audit ORDER BY seq").all();
  for (const row of rows as AuditRow[]) {
    previous = linkHash(previous, row);
    db.prepare("UPDATE audit SET hash = ? WHERE seq = ?").run(previous, row.seq);
  }
}

function rewrite(db: Database): void {
  db.exec("UPDATE audit SET actor = 'nobody' WHERE seq = 2");
  rehash(db);
}

function changeWithHash(db: Database, seq: number): void {
  db.exec(`UPDATE audit SET actor = 'nobody' WHERE seq = ${seq}`);
  const select = db.prepare("SELECT seq, at, actor, action, target, outcome, hash FROM audit WHERE seq = ?");
  const [before, changed] = [select.get(seq - 1), select.get(seq)] as [AuditRow, AuditRow];
  db.prepare("UPDATE audit SET hash = ? WHERE seq = ?").run(linkHash(before.hash, changed), seq);
}

function insertAt(db: Database, seq: number): void {
  db.exec(`UPDATE audit SET seq = -seq - 1 WHERE seq >= ${seq}; UPDATE audit SET seq = -seq WHERE seq < 0;
    INSERT INTO audit SELECT ${seq}, at, actor, action, target, outcome, hash FROM audit WHERE seq = ${seq + 1}`);
}

function eraseEvent(db: Database, id: string): void {
  const { seq } = db.prepare(`SELECT ${SEQ(id)} AS seq`).get() as { seq: number };
  for (const table of ["payloads", "event_keys", "copies", "queue", "outcomes", "attempts", "dead_letters", "events"]) {
    db.exec(`DELETE FROM ${table} WHERE seq = ${seq}`);
  }
}

/** The state and the history are made to agree on a payment without its refund. */
function forgetRefund(db: Database): void {
  const { state } = db.prepare("SELECT state FROM transactions WHERE transaction_id = 'shop:pay_1'").get() as {
    state: string;
  };
  const forged = JSON.stringify({ ...JSON.parse(state), refunds: {} });
  db.prepare(
    `UPDATE transactions SET state = ?, status = 'succeeded', last_seq = ${SEQ("evt_2")} WHERE transaction_id = 'shop:pay_1'`,
  ).run(forged);
}
