import { hash } from "node:crypto";
import { type IndexName, type LateIndex, openLateIndex } from "./late-index.ts";
import type { Database } from "./sqlite-driver.ts";

/** 48 bits of the SHA-256 of an id: small enough for an integer key, spread enough that two ids rarely share one. */
function keyOf(id: string): number {
  return hash("sha256", id, "buffer").readUIntBE(0, 6);
}

/**
 * Walks the numbers from an id's key on until `look` finds the id's own row or a free number. `look` answers with the
 * row's value when it is the id's, `"other"` when another id holds the number, and null when the number is free.
 */
export function probe<T>(id: string, look: (key: number) => T | "other" | null): { key: number; found: T | null } {
  for (let key = keyOf(id); ; key++) {
    const found = look(key);
    if (found !== "other") return { key, found };
  }
}

interface Table {
  readonly index: IndexName;
  readonly rows: "events" | "transactions";
  readonly number: "seq" | "id";
  /** The id as SQL over the rows. */
  readonly id: string;
}

const EVENTS: Table = {
  index: "event_keys",
  rows: "events",
  number: "seq",
  id: "source || ':' || provider_event_id",
};
const TRANSACTIONS: Table = {
  index: "transaction_keys",
  rows: "transactions",
  number: "id",
  id: "transaction_id",
};

/** The writer's indexes. */
export function openEventKeys(db: Database): LateIndex {
  return openKeys(db, EVENTS);
}

export function openTransactionKeys(db: Database): LateIndex {
  return openKeys(db, TRANSACTIONS);
}

/** Looks an event's number up by its id, on any connection; null when there is none. */
export function seqOfEvent(db: Database): (eventId: string) => number | null {
  return openLookUp(db, EVENTS);
}

/** Looks a transaction's number up by its id, on any connection; null when there is none. */
export function idOfTransaction(db: Database): (transactionId: string) => number | null {
  return openLookUp(db, TRANSACTIONS);
}

function openKeys(db: Database, { index, rows, number, id }: Table): LateIndex {
  const from = db.prepare(
    `SELECT ${number} AS number, ${id} AS id FROM ${rows} WHERE ${number} >= ? ORDER BY ${number}`,
  );
  const idOf = db.prepare(`SELECT ${id} AS id FROM ${rows} WHERE ${number} = ?`);
  return openLateIndex(db, index, number, (first, get, add) => {
    for (const row of from.all(first) as { number: number; id: string }[]) {
      const { key, found } = probe(row.id, (candidate) => {
        const held = get(candidate);
        if (held === null) return null;
        return (idOf.get(held) as { id: string }).id === row.id ? held : "other";
      });
      if (found === null) add(key, row.number);
    }
  });
}

function openLookUp(db: Database, { index, rows, number, id }: Table): (wanted: string) => number | null {
  const findKey = db.prepare(`SELECT ${number} AS number FROM ${index} WHERE key = ?`);
  const idOf = db.prepare(`SELECT ${id} AS id FROM ${rows} WHERE ${number} = ?`);
  // Few rows: the index is behind by no more than what came in the last moments.
  const unwritten = db.prepare(
    `SELECT ${number} AS number FROM ${rows}
     WHERE ${number} >= (SELECT unwritten_from FROM late_indexes WHERE name = '${index}') AND ${id} = ?`,
  );
  const indexed = (wanted: string) =>
    probe(wanted, (key) => {
      const held = findKey.get(key) as { number: number } | undefined;
      if (held === undefined) return null;
      return (idOf.get(held.number) as { id: string }).id === wanted ? held.number : "other";
    }).found;
  return (wanted) =>
    indexed(wanted) ??
    (unwritten.get(wanted) as { number: number } | undefined)?.number ??
    // Between the two looks its key may have been written: it was in neither then, and is in the index now.
    indexed(wanted);
}
