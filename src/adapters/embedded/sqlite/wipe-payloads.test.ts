import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { availableDrivers, type Database, type DriverName, openDatabase } from "./sqlite-driver.ts";
import { openPayloadWiper } from "./wipe-payloads.ts";

/** The same numbers every time, so that a failure is one that can be looked at. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

const bodyOf = (seq: number, bytes: number) => Buffer.from(markOf(seq).repeat(Math.ceil(bytes / 16)));
const markOf = (seq: number) => `<CANARY${String(seq).padStart(8, "0")}>`;

function openPayloads(driver: DriverName): { db: Database; read: () => string } {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-"));
  const path = join(folder, "payloads.db");
  const db = openDatabase(path, "write", driver);
  onTestFinished(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });
  db.exec(`PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON; PRAGMA synchronous = OFF;
    CREATE TABLE payloads (seq INTEGER PRIMARY KEY, wiped INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL) STRICT`);
  return {
    db,
    read() {
      db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
      return readFileSync(path, "latin1") + readFileSync(`${path}-wal`, "latin1");
    },
  };
}

interface Case {
  readonly seed: number;
  readonly order: "in order" | "in any order";
  readonly size: (random: number) => number;
}

const SMALL = (random: number) => 200 + random * 2000;
const MIXED = (random: number) => (random < 0.8 ? 50 + random * 4000 : 3000 + random * 30_000);

// Chosen so that plain deletions, or no margin, leave bytes in most of them. Some payloads have pages of their own.
const CASES: readonly Case[] = [
  ...[1, 7, 9, 20].map((seed): Case => ({ seed, order: "in order", size: SMALL })),
  ...[1, 2, 9].map((seed): Case => ({ seed, order: "in any order", size: SMALL })),
  ...[1, 2].map((seed): Case => ({ seed, order: "in order", size: MIXED })),
];

describe.each(availableDrivers())("wiped payloads on %s", (driver) => {
  it.each(CASES)("leave no byte in the file, whatever comes meanwhile ($order, $seed)", ({ seed, order, size }) => {
    const random = numbers(seed);
    const { db, read } = openPayloads(driver);
    const insert = db.prepare("INSERT INTO payloads (seq, body) VALUES (?, ?)");
    const wiper = openPayloadWiper(db);
    let last = 0;
    const add = () => {
      last++;
      insert.run(last, bodyOf(last, size(random())));
    };
    while (last < 300) add();
    const going = Array.from({ length: 240 }, (_, index) => index + 1);
    if (order === "in any order") going.sort(() => random() - 0.5);
    for (const seq of going) {
      wiper.wipe(seq);
      if (random() < 0.3) add();
      wiper.trim(order === "in order" ? seq : 240);
    }
    const text = read();
    expect(going.filter((seq) => text.includes(markOf(seq)))).toEqual([]);
    for (let seq = 241; seq <= last; seq++) expect(text).toContain(markOf(seq));
    const { live, kept } = db
      .prepare(
        "SELECT count(*) FILTER (WHERE wiped = 0) AS live, count(*) FILTER (WHERE wiped = 1) AS kept FROM payloads",
      )
      .get() as { live: number; kept: number };
    expect(live).toBe(last - going.length);
    // What is left of the others is a margin.
    expect(kept).toBeLessThan(120);
  });
});
