import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type EmbeddedStore, type EmbeddedStoreOptions, openStore } from "../../src/adapters/embedded/sqlite/store.ts";

/** The compiled thread; the suite's global set-up builds it. */
export const workerUrl = new URL("../../dist/adapters/embedded/sqlite/store-worker.js", import.meta.url);

export const clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** A folder that goes away with the test; one that runs beside others has to give its own `onTestFinished`. */
export function temporaryFolder(atEnd: (work: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store in a folder of its own that goes away with the test. */
export async function temporaryStore(over: Partial<EmbeddedStoreOptions> = {}): Promise<EmbeddedStore> {
  const store = await openStore({ dataDir: temporaryFolder(), workerUrl, clock, minFreeDiskBytes: 0, ...over });
  onTestFinished(() => store.close());
  return store;
}
