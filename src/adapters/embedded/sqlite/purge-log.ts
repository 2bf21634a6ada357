import { setTimeout as wait } from "node:timers/promises";
import { StoreError } from "../../../domain/errors.ts";

const TRIES = 20;
const PAUSE_MS = 100;

/**
 * Empties the log, trying again for about three seconds while another process reads the store. Rejects with a
 * `StoreError` when that process reads on.
 */
export async function purgeLog(log: { purge(): Promise<void> }): Promise<void> {
  for (let n = 1; ; n++) {
    try {
      await log.purge();
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || error.fault !== "locked") throw error;
      // The directory itself is not locked: whoever asks holds it.
      if (n === TRIES) throw new StoreError("unavailable", error.message, { cause: error });
    }
    await wait(PAUSE_MS);
  }
}
