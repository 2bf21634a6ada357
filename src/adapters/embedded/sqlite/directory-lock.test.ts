import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { awaitLockFile, LOCK_FILE, lockDirectory } from "./directory-lock.ts";

function directory(): string {
  const dataDir = mkdtempSync(join(tmpdir(), "strongroom-lock-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

function lock(dataDir: string, onLost: () => void = () => {}) {
  const held = lockDirectory({ dataDir, onLost });
  onTestFinished(() => held.release());
  return held;
}

describe("the lock of a data directory", () => {
  it("is held by one until it is released, in a file for its owner alone", () => {
    const dataDir = directory();
    const first = lock(dataDir);
    expect(() => lock(dataDir)).toThrow("Another process uses the data directory");
    expect(statSync(join(dataDir, LOCK_FILE)).mode & 0o777).toBe(0o600);
    first.release();
    lock(dataDir);
  });

  it("is taken again when its file was taken away, so that a second one still finds it", async () => {
    const dataDir = directory();
    writeFileSync(join(dataDir, "inbox.db"), "");
    let lost = 0;
    lock(dataDir, () => lost++);
    rmSync(join(dataDir, LOCK_FILE));
    await awaitLockFile(dataDir, join(dataDir, "inbox.db"));
    expect(existsSync(join(dataDir, LOCK_FILE))).toBe(true);
    expect(() => lock(dataDir)).toThrow("Another process uses the data directory");
    expect(lost).toBe(0);
  });

  it("is lost, and says so, when another one was quicker", async () => {
    const dataDir = directory();
    let lost = 0;
    lock(dataDir, () => lost++);
    rmSync(join(dataDir, LOCK_FILE));
    lock(dataDir);
    await expect.poll(() => lost).toBe(1);
  });
});
