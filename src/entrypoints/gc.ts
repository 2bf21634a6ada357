import { readCheckpoint } from "../adapters/embedded/sqlite/checkpoint-file.ts";
import { openStore } from "../adapters/embedded/sqlite/store.ts";
import type { StoreConfig } from "../config/build-config.ts";
import { expire } from "../pipeline/expire.ts";
import type { Expired } from "../ports/retention.ts";
import { judgeCheckpoint, writeHead } from "./audit-checkpoint.ts";
import { systemClock as clock } from "./clock.ts";

/**
 * Applies retention to a data directory that no inbox holds; what the checkpoint file named before it names after.
 * Rejects with a `StoreError`: `locked` when another process holds the directory, `unavailable` when one reads the store.
 */
export async function collectGarbage(config: StoreConfig, onProgress: (total: Expired) => void): Promise<Expired> {
  const { dataDir, minFreeDiskBytes, retention, auditCheckpoint: path } = config.store;
  const workerUrl = new URL("../adapters/embedded/sqlite/store-worker.js", import.meta.url);
  const store = await openStore({ dataDir, workerUrl, clock, minFreeDiskBytes });
  try {
    const file = path === null ? null : await readCheckpoint(path);
    // A checkpoint that does not fit is evidence.
    const isKept = file?.kind === "checkpoint" && (await judgeCheckpoint(store, file)) === null;
    const total = await expire(store.retention, clock, retention, (sofar) => {
      onProgress(sofar);
      return true;
    });
    if (path !== null && isKept) await writeHead(path, { store, clock }, 0);
    return total;
  } finally {
    await store.close();
  }
}
