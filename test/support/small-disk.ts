import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A file system of a few megabytes, to be filled. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all the space that is left, but for so many bytes. */
  fill(leave?: number): void;
  /** Gives it back. */
  free(): void;
}

/** Whether this process may mount one: root on Linux, outside most containers. */
export function canMountDisk(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-mount-"));
  const mounted = mount(folder, "1m");
  if (mounted) unmount(folder);
  rmSync(folder, { recursive: true });
  return mounted;
}

/** Mounts one at `path`, which is made, until the test ends. `size` as `mount` takes it. */
export function mountDisk(path: string, size: string): SmallDisk {
  mkdirSync(path, { recursive: true });
  if (!mount(path, size)) throw new Error("no disk was mounted");
  onTestFinished(() => unmount(path));
  const filler = join(path, "filler");
  return {
    path,
    fill(leave = 0) {
      const file = openSync(filler, "a");
      try {
        while (freeBytes(path) > leave) writeSync(file, Buffer.alloc(4096));
      } finally {
        closeSync(file);
      }
    },
    free: () => unlinkSync(filler),
  };
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

function mount(path: string, size: string): boolean {
  return process.platform === "linux" && run("mount", ["-t", "tmpfs", "-o", `size=${size}`, "strongroom-test", path]);
}

/** Lazily: the inbox on it may not have let go of its files yet. */
function unmount(path: string): void {
  run("umount", ["-l", path]);
}

function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}
