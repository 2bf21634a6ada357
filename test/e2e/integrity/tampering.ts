import { type AuditRow, GENESIS, linkHash } from "../../../src/adapters/embedded/sqlite/audit-chain.ts";
import type { Database } from "../../../src/adapters/embedded/sqlite/sqlite-driver.ts";

const SEQ = (id: string) => `(SELECT seq FROM events WHERE provider_event_id = '${id}')`;

/** What is done to a filled inbox, the check that has to find it, and whom it has to name. */
export const DOCTOR_CASES = [
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
  ["a changed outcome", `UPDATE outcomes SET status_to = 'failed' WHERE seq = ${SEQ("evt_5")}`, "ledger", "shop:evt_5"],
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
  [
    "a missing key of a transaction",
    "DELETE FROM transaction_keys WHERE id = (SELECT id FROM transactions WHERE transaction_id = 'shop:pay_1')",
    "ledger",
    "shop:pay_1",
  ],
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
] as const;

/** Every hash made to fit again, as someone would who can write the file. */
export function rehash(db: Database): void {
  let previous: Uint8Array = GENESIS;
  const rows = db.prepare("SELECT seq, at, actor, action, target, outcome, hash FROM audit ORDER BY seq").all();
  for (const row of rows as AuditRow[]) {
    previous = linkHash(previous, row);
    db.prepare("UPDATE audit SET hash = ? WHERE seq = ?").run(previous, row.seq);
  }
}

export function rewrite(db: Database): void {
  db.exec("UPDATE audit SET actor = 'nobody' WHERE seq = 2");
  rehash(db);
}

export function changeWithHash(db: Database, seq: number): void {
  db.exec(`UPDATE audit SET actor = 'nobody' WHERE seq = ${seq}`);
  const select = db.prepare("SELECT seq, at, actor, action, target, outcome, hash FROM audit WHERE seq = ?");
  const [before, changed] = [select.get(seq - 1), select.get(seq)] as [AuditRow, AuditRow];
  db.prepare("UPDATE audit SET hash = ? WHERE seq = ?").run(linkHash(before.hash, changed), seq);
}

export function insertAt(db: Database, seq: number): void {
  db.exec(`UPDATE audit SET seq = -seq - 1 WHERE seq >= ${seq}; UPDATE audit SET seq = -seq WHERE seq < 0;
    INSERT INTO audit SELECT ${seq}, at, 'nobody', action, target, outcome, hash FROM audit WHERE seq = ${seq + 1}`);
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
