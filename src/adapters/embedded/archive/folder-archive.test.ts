import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ArchiveRecord } from "../../../ports/archive.ts";
import { archiveKey, openFolderArchive } from "./folder-archive.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "archive-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const record: ArchiveRecord = {
  eventId: "stripe:evt_1",
  source: "stripe",
  provider: "stripe",
  type: "payment.succeeded",
  receivedAt: "2025-01-05T23:59:59.999Z",
  deadAt: "2025-01-06T00:00:07.000Z",
  attempts: [
    {
      n: 1,
      startedAt: "2025-01-06T00:00:00.000Z",
      endedAt: "2025-01-06T00:00:01.000Z",
      outcome: "failed",
      error: "no",
    },
  ],
  bodySha256: "ab".repeat(32),
  payload: Buffer.from('{"amount":0.10,"big":12345678901234567890}'),
};

const keyOf = (id: string): string =>
  archiveKey({ eventId: `s:${id}`, source: "s", receivedAt: "2025-01-05T00:00:00.000Z" });
const nameOf = (id: string): string => keyOf(id).slice("s/2025/01/05/".length, -".json".length);

describe("the key", () => {
  test("names the source, the UTC date of receipt and the provider's id", () => {
    expect(archiveKey(record)).toBe("stripe/2025/01/05/evt_1.json");
    expect(archiveKey({ ...record, receivedAt: "2025-01-05T23:30:00-02:00" })).toBe("stripe/2025/01/06/evt_1.json");
  });

  test.each([
    ["WH-2.a_B", "WH-2.a_B"],
    [".", "%2E"],
    ["..", "%2E."],
    [".hidden", "%2Ehidden"],
    ["../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"],
    ["a:b c%", "a%3Ab%20c%25"],
    ["é", "%C3%A9"],
    ["a\\b", "a%5Cb"],
    ["x".repeat(200), "x".repeat(200)],
  ])("writes the id %j as %s", (id, name) => expect(nameOf(id)).toBe(name));

  test("shortens a name over 200 bytes to its start and a digest of the id", () => {
    const id = `${"é".repeat(40)}tail`;
    const digest = createHash("sha256").update(id).digest("hex").slice(0, 32);
    expect(nameOf(id)).toBe(`${"%C3%A9".repeat(25)}-${digest}`);
    expect(nameOf("x".repeat(201))).toMatch(/^x{150}-[0-9a-f]{32}$/);
  });

  test("never leaves the folder, never hides, and always fits a file name", () => {
    const ids = fc.oneof(
      fc.string({ minLength: 1, maxLength: 255, unit: "grapheme" }),
      fc.string({ minLength: 1, maxLength: 255, unit: fc.constantFrom(".", "/", "\\", "%", "a", "\u0000", "é") }),
    );
    fc.assert(
      fc.property(ids, (id) => {
        const key = keyOf(id);
        expect(key).toMatch(/^s\/2025\/01\/05\/(?!\.)[A-Za-z0-9._%-]{1,200}\.json$/);
        expect(dirname(resolve("/root", key))).toBe("/root/s/2025/01/05");
        const name = nameOf(id);
        if (!/-[0-9a-f]{32}$/.test(name)) expect(decodeURIComponent(name)).toBe(id);
      }),
    );
  });

  test.each([
    ["a source that is a path", { ...record, source: "../x", eventId: "../x:evt" }],
    ["an event of another source", { ...record, source: "paypal" }],
    ["an empty provider id", { ...record, eventId: "stripe:" }],
    ["a time that is none", { ...record, receivedAt: "../../.." }],
    ["a year beyond four digits", { ...record, receivedAt: "+012025-01-01T00:00:00.000Z" }],
  ])("is refused for %s", (_, wrong) => {
    expect(() => archiveKey(wrong)).toThrow(/^archive: /);
  });
});

describe("the folder", () => {
  test("holds one file with exactly the promised keys and the payload's own digits", async () => {
    const archive = openFolderArchive({ dir: join(folder, "not", "there") });
    const key = await archive.write(record);
    const text = readFileSync(join(folder, "not", "there", key), "utf8");
    const { payload, ...rest } = record;
    expect(JSON.parse(text)).toEqual({ ...rest, payload: JSON.parse(Buffer.from(payload ?? "").toString()) });
    expect(text).toContain(`"payload":${Buffer.from(payload ?? "").toString()}}`);
  });

  test("holds a payload that is gone as null and one that is not JSON as a string", async () => {
    const archive = openFolderArchive({ dir: folder });
    const read = async (payload: Uint8Array | null): Promise<unknown> => {
      const key = await archive.write({ ...record, payload });
      return (JSON.parse(readFileSync(join(folder, key), "utf8")) as { payload: unknown }).payload;
    };
    expect(await read(null)).toBeNull();
    expect(await read(Buffer.from('a="b"'))).toBe('a="b"');
  });

  test("is private whatever the umask", async () => {
    const before = process.umask(0o277);
    try {
      const key = await openFolderArchive({ dir: join(folder, "archive") }).write(record);
      const modeOf = (path: string): number => lstatSync(join(folder, "archive", path)).mode & 0o777;
      expect(modeOf(key)).toBe(0o600);
      for (const path of ["", "stripe", "stripe/2025", "stripe/2025/01", "stripe/2025/01/05"]) {
        expect(modeOf(path)).toBe(0o700);
      }
    } finally {
      process.umask(before);
    }
  });

  test("is the same after the same record was written again, also at the same time", async () => {
    const archive = openFolderArchive({ dir: folder });
    const key = await archive.write(record);
    const first = readFileSync(join(folder, key), "utf8");
    expect(new Set(await Promise.all(Array.from({ length: 8 }, () => archive.write(record))))).toEqual(new Set([key]));
    expect(readFileSync(join(folder, key), "utf8")).toBe(first);
    expect(readdirSync(dirname(join(folder, key)))).toEqual(["evt_1.json"]);
  });

  test("takes events of a new day at the same time", async () => {
    const archive = openFolderArchive({ dir: join(folder, "deep", "er") });
    const records = Array.from({ length: 8 }, (_, n) => ({ ...record, eventId: `stripe:evt_${n}` }));
    const keys = await Promise.all(records.map((each) => archive.write(each)));
    expect(keys.every((key) => existsSync(join(folder, "deep", "er", key)))).toBe(true);
  });

  test.each(["", "stripe", "stripe/2025", "stripe/2025/01/05"])(
    "does not follow a symbolic link at %j",
    async (path) => {
      const elsewhere = join(folder, "elsewhere");
      mkdirSync(elsewhere);
      const link = join(folder, "archive", path);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(elsewhere, link);
      await expect(openFolderArchive({ dir: join(folder, "archive") }).write(record)).rejects.toThrow(
        "archive: stripe/2025/01/05/evt_1.json was not written (ELOOP)",
      );
      expect(readdirSync(elsewhere)).toEqual([]);
    },
  );

  test("replaces a symbolic link in the file's place and leaves its target alone", async () => {
    const key = archiveKey(record);
    mkdirSync(dirname(join(folder, key)), { recursive: true });
    symlinkSync(join(folder, "victim"), join(folder, key));
    await openFolderArchive({ dir: folder }).write(record);
    expect(lstatSync(join(folder, key)).isFile()).toBe(true);
    expect(existsSync(join(folder, "victim"))).toBe(false);
  });

  test("says in one line why it could not write, and leaves no temporary file", async () => {
    const key = archiveKey(record);
    mkdirSync(join(folder, key), { recursive: true });
    await expect(openFolderArchive({ dir: folder }).write(record)).rejects.toThrow(
      /^archive: stripe\/2025\/01\/05\/evt_1\.json was not written \((EISDIR|ENOTEMPTY|EEXIST)\)$/,
    );
    expect(readdirSync(dirname(join(folder, key)))).toEqual(["evt_1.json"]);
  });
});
