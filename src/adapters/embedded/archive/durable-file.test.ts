import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureDirectory, writeDurableFile } from "./durable-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "durable-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a file is replaced as a whole and private even where the old one was not", async () => {
  const path = join(folder, "checkpoint");
  writeFileSync(path, "a longer old content", { mode: 0o644 });
  await writeDurableFile(path, "new");
  expect(readFileSync(path, "utf8")).toBe("new");
  expect(lstatSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["checkpoint"]);
});

test("a symbolic link is replaced and its target stays as it was", async () => {
  writeFileSync(join(folder, "target"), "untouched");
  symlinkSync(join(folder, "target"), join(folder, "link"));
  await writeDurableFile(join(folder, "link"), "new");
  expect(readFileSync(join(folder, "target"), "utf8")).toBe("untouched");
  expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(false);
});

test("a missing directory is an error and is not made", async () => {
  await expect(writeDurableFile(join(folder, "none", "file"), "x")).rejects.toMatchObject({ code: "ENOENT" });
  expect(readdirSync(folder)).toEqual([]);
});

test("a directory that exists keeps its mode and its files", async () => {
  const path = await ensureDirectory(folder, ["a", "b"]);
  writeFileSync(join(path, "kept"), "");
  expect(await ensureDirectory(folder, ["a", "b"])).toBe(join(folder, "a", "b"));
  expect(readdirSync(path)).toEqual(["kept"]);
});

test("a file in a directory's place is an error", async () => {
  writeFileSync(join(folder, "a"), "");
  await expect(ensureDirectory(folder, ["a"])).rejects.toMatchObject({ code: "ENOTDIR" });
});
