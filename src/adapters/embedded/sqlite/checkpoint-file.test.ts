import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readCheckpoint, writeCheckpoint } from "./checkpoint-file.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "strongroom-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe("a checkpoint file", () => {
  it("is read back as it was written, and is its owner's alone", async () => {
    const path = join(folder(), "checkpoint");
    const checkpoint = { seq: 7, hash: "0a".repeat(32), at: "2026-01-02T03:04:05.678Z" };
    await writeCheckpoint(path, checkpoint);
    expect(await readCheckpoint(path)).toEqual({ kind: "checkpoint", checkpoint });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await writeCheckpoint(path, { ...checkpoint, seq: 8 });
    expect(await readCheckpoint(path)).toMatchObject({ checkpoint: { seq: 8 } });
  });

  it("is told from one that is absent, out of reach, or something else", async () => {
    const path = join(folder(), "checkpoint");
    expect(await readCheckpoint(path)).toEqual({ kind: "absent" });
    expect(await readCheckpoint(folder())).toEqual({ kind: "unreadable", why: "EISDIR" });
    for (const text of [
      "",
      "null",
      "5",
      "{}",
      '{"seq":0,"hash":"x","at":"y"}',
      `{"seq":1,"hash":"${"0".repeat(63)}","at":"y"}`,
    ]) {
      writeFileSync(path, text);
      expect(await readCheckpoint(path)).toMatchObject({ kind: "unreadable" });
    }
  });
});
