import type { Database } from "./sqlite-driver.ts";
import type { Unit } from "./unit.ts";

/**
 * Numbers by key, for keys that fall at random. Written at once, each new key would make a page of its own part of every
 * commit, more of them the fuller the store is. So new keys wait in memory and go to their table in groups of
 * neighbours. What waits is not in danger: the rows themselves are durable, and the next start reads the keys of those
 * that came after the last one known to be written.
 */
export interface LateIndex {
  get(key: number): number | null;
  add(unit: Unit, key: number, number: number): void;
  /** Writes the groups that are large enough. Cheap when there are none. */
  writeSome(unit: Unit): void;
  writeAll(unit: Unit): void;
  /** How many keys wait. */
  waiting(): number;
}

export type IndexName = "event_keys" | "transaction_keys";

// Keys have 48 bits; the upper eight are the group. A group is written when it is worth its pages.
const GROUPS = 256;
const GROUP_SIZE = 2 ** 40;
const WORTH_WRITING = 64;

/** `keysFrom` gives the key and the number of every row from a number on; `number` is the table's other column. */
export function openLateIndex(
  db: Database,
  name: IndexName,
  number: "seq" | "id",
  keysFrom: (from: number, find: (key: number) => number | null, add: (key: number, number: number) => void) => void,
): LateIndex {
  const find = db.prepare(`SELECT ${number} AS number FROM ${name} WHERE key = ?`);
  const insert = db.prepare(`INSERT INTO ${name} (key, ${number}) VALUES (?, ?)`);
  const note = db.prepare("UPDATE late_indexes SET unwritten_from = ? WHERE name = ?");
  const { unwritten_from: from } = db.prepare("SELECT unwritten_from FROM late_indexes WHERE name = ?").get(name) as {
    unwritten_from: number;
  };
  const groups = Array.from({ length: GROUPS }, () => new Map<number, number>());
  let waiting = 0;
  let newest = from - 1;

  const groupOf = (key: number) => groups[Math.floor(key / GROUP_SIZE)] as Map<number, number>;
  const keep = (key: number, value: number) => {
    groupOf(key).set(key, value);
    waiting++;
    newest = Math.max(newest, value);
  };
  const get = (key: number) =>
    groupOf(key).get(key) ?? (find.get(key) as { number: number } | undefined)?.number ?? null;
  keysFrom(from, get, keep);

  return {
    get,
    add(unit, key, value) {
      const before = newest;
      keep(key, value);
      unit.onRollback(() => {
        groupOf(key).delete(key);
        waiting--;
        // The number is given again, to a row whose key has to be read at the next start.
        newest = before;
      });
    },
    writeSome(unit) {
      if (waiting >= WORTH_WRITING) write(unit, WORTH_WRITING);
    },
    writeAll(unit) {
      if (waiting > 0) write(unit, 1);
    },
    waiting: () => waiting,
  };

  function write(unit: Unit, least: number): void {
    const ripe = groups.filter((group) => group.size >= least);
    if (ripe.length === 0) return;
    const written = new Set(ripe);
    let oldest = newest + 1;
    for (const group of groups) {
      // A map keeps the order of insertion, so its first number is its oldest.
      const first = written.has(group) ? undefined : group.values().next();
      if (first !== undefined && !first.done && first.value < oldest) oldest = first.value;
    }
    for (const group of ripe) {
      const entries = [...group].sort(([a], [b]) => a - b);
      for (const [key, value] of entries) insert.run(key, value);
      unit.afterCommit(() => {
        for (const [key] of entries) group.delete(key);
        waiting -= entries.length;
      });
    }
    note.run(oldest, name);
  }
}
