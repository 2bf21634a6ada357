import { createHash } from "node:crypto";

/** What the first send was answered with. */
export interface SentMessage {
  readonly id: string;
  readonly sequenceNumber: string | null;
}

/** The memory of a FIFO queue for what was sent to it. */
export interface Deduplication {
  /** The first message with this key, while its interval lasts; what became of the message does not matter. */
  find(key: string, now: number): SentMessage | undefined;
  /** The interval begins now. */
  remember(key: string, sent: SentMessage, now: number): void;
}

/** Five minutes from the first send. Source: SQS developer guide, "Exactly-once processing" and "FIFO queue key terms". */
const INTERVAL_MS = 300_000;

export function openDeduplication(): Deduplication {
  const memory = new Map<string, { readonly sent: SentMessage; readonly until: number }>();
  return {
    find(key, now) {
      const remembered = memory.get(key);
      if (remembered === undefined || remembered.until > now) return remembered?.sent;
      memory.delete(key);
      return undefined;
    },
    remember(key, sent, now) {
      memory.set(key, { sent, until: now + INTERVAL_MS });
    },
  };
}

/** The deduplication id of a message without one, in a queue with content-based deduplication: the hash of its body. */
export function contentBasedId(body: string): string {
  return createHash("sha256").update(body).digest("hex");
}
