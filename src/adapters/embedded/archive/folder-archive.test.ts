import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFolderArchive } from "./folder-archive.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "archive-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const key = "stripe/2025/01/05/evt_1.json";
const content = '{"eventId":"stripe:evt_1","payload":{"amount":0.10}}\n';

test("the file under the key holds exactly the content, in a folder that is made", async () => {
  const archive = openFolderArchive({ dir: join(folder, "not", "there") });
  await archive.write(key, content);
  expect(readFileSync(join(folder, "not", "there", key), "utf8")).toBe(content);
});

test("the file is private whatever the umask", async () => {
  const before = process.umask(0o277);
  try {
    await openFolderArchive({ dir: join(folder, "archive") }).write(key, content);
    const modeOf = (path: string): number => lstatSync(join(folder, "archive", path)).mode & 0o777;
    expect(modeOf(key)).toBe(0o600);
    for (const path of ["", "stripe", "stripe/2025", "stripe/2025/01", "stripe/2025/01/05"]) {
      expect(modeOf(path)).toBe(0o700);
    }
  } finally {
    process.umask(before);
  }
});

test("the file is one and whole after it was written again, also at the same time", async () => {
  const archive = openFolderArchive({ dir: folder });
  await Promise.all(Array.from({ length: 8 }, () => archive.write(key, content)));
  expect(readFileSync(join(folder, key), "utf8")).toBe(content);
  await archive.write(key, "{}\n");
  expect(readFileSync(join(folder, key), "utf8")).toBe("{}\n");
  expect(readdirSync(dirname(join(folder, key)))).toEqual(["evt_1.json"]);
});

test("events of a new day are taken at the same time", async () => {
  const archive = openFolderArchive({ dir: join(folder, "deep", "er") });
  const keys = Array.from({ length: 8 }, (_, n) => `stripe/2025/01/05/evt_${n}.json`);
  await Promise.all(keys.map((each) => archive.write(each, content)));
  expect(keys.every((each) => existsSync(join(folder, "deep", "er", each)))).toBe(true);
});

test.each(["../x.json", "a/../../x.json", "/x.json", "a//x.json", "a/.x.json", "a/./x.json", ""])(
  "the key %j is refused and nothing is written",
  async (wrong) => {
    await expect(openFolderArchive({ dir: join(folder, "archive") }).write(wrong, content)).rejects.toThrow(
      "archive: the key is not plain",
    );
    expect(readdirSync(folder)).toEqual([]);
  },
);

test.each(["", "stripe", "stripe/2025", "stripe/2025/01/05"])("a symbolic link at %j is not followed", async (path) => {
  const elsewhere = join(folder, "elsewhere");
  mkdirSync(elsewhere);
  const link = join(folder, "archive", path);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(elsewhere, link);
  await expect(openFolderArchive({ dir: join(folder, "archive") }).write(key, content)).rejects.toThrow(
    "archive: stripe/2025/01/05/evt_1.json was not written (ELOOP)",
  );
  expect(readdirSync(elsewhere)).toEqual([]);
});

test("a symbolic link in the file's place is replaced and its target left alone", async () => {
  mkdirSync(dirname(join(folder, key)), { recursive: true });
  symlinkSync(join(folder, "victim"), join(folder, key));
  await openFolderArchive({ dir: folder }).write(key, content);
  expect(lstatSync(join(folder, key)).isFile()).toBe(true);
  expect(existsSync(join(folder, "victim"))).toBe(false);
});

test("what keeps it from writing is said in one line, and no temporary file is left", async () => {
  mkdirSync(join(folder, key), { recursive: true });
  await expect(openFolderArchive({ dir: folder }).write(key, content)).rejects.toThrow(
    /^archive: stripe\/2025\/01\/05\/evt_1\.json was not written \((EISDIR|ENOTEMPTY|EEXIST)\)$/,
  );
  expect(readdirSync(dirname(join(folder, key)))).toEqual(["evt_1.json"]);
});

test("a record can be removed, and removing what is not there is no fault", async () => {
  const archive = openFolderArchive({ dir: join(folder, "archive") });
  await archive.remove(key);
  expect(readdirSync(folder)).toEqual([]);
  await archive.write(key, content);
  await archive.remove(key);
  expect(existsSync(join(folder, "archive", key))).toBe(false);
  await archive.remove(key);
});

test.each(["", "stripe", "stripe/2025/01/05"])("nothing is removed through a symbolic link at %j", async (path) => {
  const elsewhere = join(folder, "elsewhere");
  mkdirSync(dirname(join(elsewhere, key.slice(path.length))), { recursive: true });
  writeFileSync(join(elsewhere, key.slice(path.length)), content);
  mkdirSync(dirname(join(folder, "archive", path)), { recursive: true });
  symlinkSync(elsewhere, join(folder, "archive", path));
  await expect(openFolderArchive({ dir: join(folder, "archive") }).remove(key)).rejects.toThrow(
    "archive: stripe/2025/01/05/evt_1.json was not removed (ELOOP)",
  );
  expect(existsSync(join(elsewhere, key.slice(path.length)))).toBe(true);
});

test("a key that is not plain is not removed", async () => {
  writeFileSync(join(folder, "x.json"), content);
  await expect(openFolderArchive({ dir: join(folder, "archive") }).remove("../x.json")).rejects.toThrow("not plain");
  expect(existsSync(join(folder, "x.json"))).toBe(true);
});
