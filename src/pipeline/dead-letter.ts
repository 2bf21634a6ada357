import { StoreError } from "../domain/errors.ts";
import type { Alerts } from "../ports/alerts.ts";
import type { Archive } from "../ports/archive.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { DeadLetters } from "../ports/retention.ts";
import { archived } from "./archive-record.ts";
import { backoff } from "./backoff.ts";

export interface DeadLetterParts {
  readonly deadLetters: DeadLetters;
  readonly events: EventStore;
  readonly archive: Archive;
  readonly alerts: Alerts;
  /** Lower-case hex SHA-256 of the text's UTF-8 bytes. */
  readonly sha256: (text: string) => string;
  /** Resolves after `ms`, or at once when the loop stops. */
  readonly pause: (ms: number) => Promise<void>;
}

export interface ArchiverLoop {
  /** There is a new dead letter. */
  wake(): void;
  stop(): Promise<void>;
}

const BATCH = 100;
const RETRY = { maxAttempts: Number.POSITIVE_INFINITY, baseMs: 1000, maxMs: 10_000 };

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
    let failures = 0;
    while (!stopped) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const result = await archiveSome();
      failures = result === "failed" ? failures + 1 : 0;
      if (result === "failed") await parts.pause(backoff(RETRY, failures));
      else if (result === "none" && !stopped) await woken;
    }
  }

  async function archiveSome(): Promise<"some" | "none" | "failed"> {
    let count = 0;
    let failure: Error | null = null;
    try {
      for (const eventId of await deadLetters.unarchived(BATCH)) {
        try {
          if (await archiveOne(eventId)) count++;
        } catch (error) {
          if (error instanceof StoreError) throw error;
          // One that cannot be written must not keep those behind it from the archive.
          failure ??= error as Error;
        }
      }
    } catch (error) {
      failure ??= error as Error;
    }
    if (failure === null) return count === 0 ? "none" : "some";
    if (!stopped) alerts.raise("archive.failed", "archive", failure.message);
    return "failed";
  }

  async function archiveOne(eventId: string): Promise<boolean> {
    const record = await events.get(eventId);
    // Redriven in the meantime: no longer a dead letter.
    if (record?.status !== "dead") return false;
    const { key, content } = archived(record, await events.payload(eventId), parts.sha256);
    await archive.write(key, content);
    await deadLetters.archived(eventId, key);
    return true;
  }
}
