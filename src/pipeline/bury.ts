import type { PaymentEvent } from "../domain/payment-event.ts";
import type { Archive } from "../ports/archive.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventRecord } from "../ports/event-store.ts";
import type { Failure } from "../ports/queue.ts";
import { archived } from "./archive-record.ts";

/** A message that the queue, or the processor, has given up. */
export interface DeadLetter {
  readonly event: PaymentEvent;
  /** Why the processor parked it; absent when the queue itself gave up on it. */
  readonly failure?: Failure;
  /** How often an operator had put the event back when the message was sent. */
  readonly generation: number;
  /** How often it was put back before because nothing was wrong with it. */
  readonly returns: number;
}

export interface BuryParts {
  /** Null when there is no such event any more. */
  readonly read: (eventId: string) => Promise<Buried | null>;
  readonly payload: (eventId: string) => Promise<Uint8Array | null>;
  readonly markDead: (event: PaymentEvent, failure: Failure) => Promise<"marked" | "known">;
  readonly markArchived: (eventId: string, key: string) => Promise<void>;
  readonly putBack: () => Promise<void>;
  readonly archive: Archive;
  readonly sha256: (text: string) => string;
  /** Tells that the event is dead. Rejects when nobody was told. */
  readonly tell: (eventId: string, reason: string) => Promise<void>;
  readonly clock: Clock;
  readonly maxAttempts: number;
}

interface Buried {
  readonly record: EventRecord;
  readonly waiting: boolean;
  /** Attempts counted since it was last queued. */
  readonly tries: number;
  /** Where the archive holds it; null when it does not, or when that was not noted. */
  readonly archiveKey: string | null;
  /** How often an operator has put it back. */
  readonly generation: number;
}

/** So often, with the queue's own waits between, that only an event which ends every process can get there. */
const MOST_RETURNS = 100;

/**
 * Brings a given-up message to its end: dead, archived and told of, or, when it only stood behind one that failed, back
 * into the queue. Doing it again for the same message does no harm: what was noted as archived was told before, and is
 * told of no more. Rejects when it has to be tried again.
 */
export async function bury(letter: DeadLetter, parts: BuryParts): Promise<"archived" | "put_back" | "ended"> {
  const { event } = letter;
  const found = await parts.read(event.eventId);
  // Of an event that an operator has put back meanwhile the message tells nothing any more.
  if (found === null || found.generation > letter.generation) return "ended";
  if (found.waiting) {
    const failure = failureOf(letter, found, parts);
    if (failure === null) {
      await parts.putBack();
      return "put_back";
    }
    await parts.markDead(event, failure);
  }
  const dead = found.waiting ? await parts.read(event.eventId) : found;
  if (dead?.record.status !== "dead" || dead.archiveKey !== null) return "ended";
  const { key, content } = archived(dead.record, await parts.payload(event.eventId), parts.sha256);
  await parts.archive.write(key, content);
  await parts.tell(event.eventId, dead.record.reason ?? "unknown");
  await parts.markArchived(event.eventId, key);
  return "archived";
}

function failureOf(letter: DeadLetter, { tries }: Buried, { clock, maxAttempts }: BuryParts): Failure | null {
  if (letter.failure !== undefined) return letter.failure;
  const endedAt = clock.now();
  if (tries >= maxAttempts) return { error: "The process ended during every attempt.", endedAt };
  if (letter.returns >= MOST_RETURNS)
    return { error: `It came back ${letter.returns} times without an attempt.`, endedAt };
  return null;
}
