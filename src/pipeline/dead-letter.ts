import { StoreError } from "../domain/errors.ts";
import type { Alerts } from "../ports/alerts.ts";
import type { Archive } from "../ports/archive.ts";
import type { EventRecord, EventStore } from "../ports/event-store.ts";
import type { DeadLetters } from "../ports/retention.ts";

export interface DeadLetterParts {
  readonly deadLetters: DeadLetters;
  readonly events: EventStore;
  readonly archive: Archive;
  readonly alerts: Alerts;
  /** Resolves after `ms`, or at once when the loop stops. */
  readonly pause: (ms: number) => Promise<void>;
}

export interface ArchiverLoop {
  /** There is a new dead letter. */
  wake(): void;
  stop(): Promise<void>;
}

const BATCH = 100;
const RETRY_MS = 10_000;

/**
 * Writes every dead event to the archive and notes it. What cannot be written stays dead and listed, raises
 * `archive.failed`, and is written once that is possible. Writing one twice gives the same file.
 */
export function startArchiving(parts: DeadLetterParts): ArchiverLoop {
  const { deadLetters, events, archive, alerts } = parts;
  let stopped = false;
  let wake = () => {};
  const loop = run();

  return {
    wake: () => wake(),
    async stop() {
      stopped = true;
      wake();
      await loop;
    },
  };

  async function run(): Promise<void> {
    while (!stopped) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const result = await archiveSome();
      if (result === "failed") await parts.pause(RETRY_MS);
      else if (result === "none" && !stopped) await woken;
    }
  }

  async function archiveSome(): Promise<"some" | "none" | "failed"> {
    let archived = 0;
    let failure: Error | null = null;
    try {
      for (const eventId of await deadLetters.unarchived(BATCH)) {
        try {
          if (await archiveOne(eventId)) archived++;
        } catch (error) {
          if (error instanceof StoreError) throw error;
          // One that cannot be written must not keep those behind it from the archive.
          failure ??= error as Error;
        }
      }
    } catch (error) {
      failure ??= error as Error;
    }
    if (failure === null) return archived === 0 ? "none" : "some";
    if (!stopped) alerts.raise("archive.failed", "archive", failure.message);
    return "failed";
  }

  async function archiveOne(eventId: string): Promise<boolean> {
    const record = await events.get(eventId);
    // Redriven in the meantime: no longer a dead letter.
    if (record?.status !== "dead") return false;
    const key = await archive.write({ ...archiveRecord(record), payload: await events.payload(eventId) });
    await deadLetters.archived(eventId, key);
    return true;
  }
}

function archiveRecord({ event, attempts, bodySha256, deadAt }: EventRecord) {
  return {
    eventId: event.eventId,
    source: event.source,
    provider: event.provider,
    type: event.type,
    receivedAt: event.receivedAt,
    deadAt: deadAt ?? event.receivedAt,
    attempts,
    bodySha256,
  };
}
