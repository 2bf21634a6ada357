import { StoreError } from "../domain/errors.ts";
import type { Claim, Queue } from "../ports/queue.ts";
import { openProcessEvent, type ProcessEventParts } from "./process-event.ts";

export interface ProcessParts extends Omit<ProcessEventParts, "attempts" | "insist"> {
  readonly queue: Queue;
  /** Handlers at a time; each payment has at most one. Without a handler events are applied in large batches. */
  readonly concurrency: number;
  /** Resolves after `ms`, or at once when the processor stops. */
  readonly pause: (ms: number) => Promise<void>;
}

export interface Processor {
  /** Claims nothing more; resolves when what runs has ended. */
  stop(): Promise<void>;
}

/** Large enough that one sync serves many events, small enough that an acknowledgement does not wait for it. */
const BATCH = 256;
const STORE_PAUSE_MS = 500;
// Events that come one by one are settled a few at a time: otherwise each would cost a sync beside its own.
const GATHER_MS = 40;

/** Takes events from the queue as they come, payment by payment in order, and brings each to its end. */
export function startProcessor(parts: ProcessParts): Processor {
  const { queue, metrics, handler } = parts;
  const running = new Set<Promise<void>>();
  let stopped = false;
  let wake = () => {};
  const stopListening = queue.onReady(() => wake());
  const process = openProcessEvent({ ...parts, attempts: queue, insist });
  const loop = run();

  return {
    async stop() {
      stopped = true;
      stopListening();
      wake();
      await loop;
      await Promise.all(running);
    },
  };

  async function run(): Promise<void> {
    while (!stopped) {
      // Armed before the look, so that what arrives between the look and the wait is not missed.
      const ready = new Promise<void>((resolve) => {
        wake = resolve;
      });
      try {
        if (await (handler === null ? settleBatch() : startHandlers())) continue;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        metrics.storeError();
        await parts.pause(STORE_PAUSE_MS);
        continue;
      }
      if (!stopped) await ready;
      if (!stopped && handler === null) await parts.pause(GATHER_MS);
    }
  }

  /** Whether there may be more to do at once. */
  async function settleBatch(): Promise<boolean> {
    const claims = await queue.claim(BATCH, "batch");
    if (claims.length === 0) return false;
    await process.all(claims);
    return claims.length === BATCH;
  }

  async function startHandlers(): Promise<boolean> {
    const free = parts.concurrency - running.size;
    if (free === 0) {
      await Promise.race(running);
      return true;
    }
    const claims = await queue.claim(free, "exclusive");
    for (const claim of claims) {
      const work = runOne(claim).finally(() => {
        running.delete(work);
        wake();
      });
      running.add(work);
    }
    return claims.length > 0;
  }

  async function runOne(claim: Claim): Promise<void> {
    try {
      await process.one(claim);
    } catch {
      // The store is away and the processor stops: the event is claimed again after the next start.
      metrics.storeError();
    }
  }

  /**
   * What was claimed has to come to an end: while the store cannot take it, it is kept and tried again. An error that
   * follows a failure of the store means that the first try did take effect. If it does not, the event is claimed again
   * after the next start.
   */
  async function insist<T>(write: () => Promise<T>, noted: () => T): Promise<T> {
    for (let failed = false; ; failed = true) {
      try {
        return await write();
      } catch (error) {
        if (failed && !(error instanceof StoreError)) return noted();
        if (!(error instanceof StoreError) || stopped) throw error;
        metrics.storeError();
        await parts.pause(STORE_PAUSE_MS);
      }
    }
  }
}
