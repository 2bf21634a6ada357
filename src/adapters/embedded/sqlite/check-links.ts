import type { Check } from "../../../ports/integrity.ts";
import { gatherFindings } from "./findings.ts";
import type { Database } from "./sqlite-driver.ts";

const OF_EVENTS = ["payloads", "event_keys", "copies", "queue", "outcomes", "attempts", "dead_letters"];

/** Whether the tables fit together: no row is about an event or a transaction that is not there. */
export function checkLinks(db: Database): Check {
  const findings = gatherFindings();
  for (const table of OF_EVENTS) {
    const orphans = db.prepare(
      `SELECT DISTINCT t.seq * 1.0 AS seq FROM ${table} t
       WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.seq = t.seq) LIMIT 101`,
    );
    for (const { seq } of orphans.all() as { seq: number }[]) {
      findings.add(`event number ${seq}`, `has a row in ${table} and none in events`);
    }
  }
  const orphans = db.prepare(
    `SELECT t.id * 1.0 AS id FROM transaction_keys t
     WHERE NOT EXISTS (SELECT 1 FROM transactions r WHERE r.id = t.id) LIMIT 101`,
  );
  for (const { id } of orphans.all() as { id: number }[]) {
    findings.add(`transaction number ${id}`, "has a row in transaction_keys and none in transactions");
  }
  for (const [keys, rows, number] of [
    ["event_keys", "events", "seq"],
    ["transaction_keys", "transactions", "id"],
  ] as const) {
    // Keys are written late: those of the newest rows may still be on their way.
    const counts = db.prepare(
      `SELECT (SELECT count(*) FROM ${keys}) AS keys, (SELECT count(*) FROM ${rows}) AS most,
         (SELECT count(*) FROM ${rows}
          WHERE ${number} < (SELECT unwritten_from FROM late_indexes WHERE name = '${keys}')) AS least`,
    );
    const found = counts.get() as { keys: number; most: number; least: number };
    if (found.keys > found.most) findings.add(keys, `has ${found.keys - found.most} rows more than ${rows}`);
    if (found.keys < found.least) findings.add(keys, `has ${found.least - found.keys} rows fewer than ${rows}`);
  }
  return findings.check("tables", "no row is about an event or a transaction that is not there");
}
