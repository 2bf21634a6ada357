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

// Payloads of one page's fraction, of about a page's half, and with overflow pages.
const SIZES = [
  (random: number) => 60 + random * 100,
  (random: number) => 1000 + random * 3000,
  (random: number) => 100 + random ** 4 * 60_000,
];

describe.each(availableDrivers())("wiped payloads on %s", (driver) => {
  it.each([0, 1, 2, 3, 4, 5])(
    "leave no byte in the file, in whatever order they go and whatever comes (%i)",
    (seed) => {
      const random = numbers(seed + 1);
      const { db, read } = openPayloads(driver);
      const insert = db.prepare("INSERT INTO payloads (seq, body) VALUES (?, ?)");
      const wiper = openPayloadWiper(db);
      const size = SIZES[seed % 3] as (random: number) => number;
      let last = 0;
      const add = () => {
        last++;
        insert.run(last, bodyOf(last, size(random())));
      };
      while (last < 700) add();
      const isInOrder = seed < 3;
      const going = Array.from({ length: 600 }, (_, index) => index + 1);
      if (!isInOrder) going.sort(() => random() - 0.5);
      for (const [index, seq] of going.entries()) {
        wiper.wipe(seq);
        if (random() < 0.3) add();
        if (index % 100 === 99) wiper.trim(isInOrder ? seq : 600);
      }
      const text = read();
      expect(going.filter((seq) => text.includes(markOf(seq)))).toEqual([]);
      const { live } = db.prepare("SELECT count(*) AS live FROM payloads WHERE wiped = 0").get() as { live: number };
      expect(live).toBe(last - going.length);
      for (let seq = 601; seq <= last; seq++) expect(text).toContain(markOf(seq));
      // What is kept of them is a margin.
      const { kept } = db.prepare("SELECT count(*) AS kept FROM payloads WHERE wiped = 1").get() as { kept: number };
      if (seed % 3 !== 0) expect(kept).toBeLessThan(300);
    },
  );
});
