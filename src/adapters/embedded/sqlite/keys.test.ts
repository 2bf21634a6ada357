import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { seqOfEvent } from "./keys.ts";
import { type Database, openDatabase } from "./sqlite-driver.ts";
import { openWriter } from "./writer.ts";

it("finds an event whose key is written while it is looked for", () => {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-keys-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "inbox.db");
  const writer = openWriter(path, { queue: () => {}, outbox: () => {} });
  const values = ["shop", "generic", "evt_1", "x", "other", null, "2026-01-02T03:04:05.678Z", null, null, null, null];
  const event = [...values, null, null] as never;
  const stored = writer.execute([
    { name: "store", args: [{ events: [event], body: ["ab".repeat(32), 2, 0, "{}", null] }, Buffer.from("{}"), 1] },
  ]);
  expect(stored).toMatchObject([{ values: ["n"] }]);
  const db = openDatabase(path, "read");
  onTestFinished(() => {
    db.close();
    writer.close();
  });
  let looks = 0;
  const find = seqOfEvent({
    ...db,
    prepare(sql: string) {
      const statement = db.prepare(sql);
      if (!sql.includes("late_indexes")) return statement;
      return {
        ...statement,
        get(...args: never[]) {
          looks++;
          writer.catchUp();
          return statement.get(...args);
        },
      };
    },
  } as Database);
  expect([find("shop:evt_1"), looks]).toEqual([1, 1]);
  expect(find("shop:evt_2")).toBeNull();
});
