import { statfs } from "node:fs";
import { StoreError } from "../../../domain/errors.ts";

/** Refuses writes while the disk has less than `floorBytes` left, so that what is stored can still be processed. */
export interface DiskFloor {
  /** Throws a `StoreError` with fault `full` when the last look found too little. */
  check(): void;
  stop(): void;
}

const LOOK_EVERY_MS = 500;

export function openDiskFloor(dataDir: string, floorBytes: number): DiskFloor {
  let full = false;
  const look = () =>
    statfs(dataDir, (error, stats) => {
      // A disk that cannot be asked is judged by the write itself.
      full = error === null && stats.bavail * stats.bsize < floorBytes;
    });
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  return {
    check() {
      if (full) throw new StoreError("full", "The disk has less space left than store.minFreeDisk.");
    },
    stop: () => clearInterval(timer),
  };
}
