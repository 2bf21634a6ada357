import type { Attempt } from "../domain/event-state.ts";
import type { EventType } from "../domain/payment-event.ts";

/** One event that was given up, as it is kept for good. */
export interface ArchiveRecord {
  /** `{source}:{provider event id}` */
  readonly eventId: string;
  readonly source: string;
  readonly provider: string;
  readonly type: EventType;
  /** RFC 3339 UTC. */
  readonly receivedAt: string;
  /** RFC 3339 UTC. */
  readonly deadAt: string;
  readonly attempts: readonly Attempt[];
  /** Of the body as it arrived, lower-case hex. */
  readonly bodySha256: string;
  /** The stored body; null when retention removed it. */
  readonly payload: Uint8Array | null;
}

/** Keeps what was given up. Writing the same record again gives the same key and the same content. */
export interface Archive {
  /** Durable when the promise resolves with the key. Rejects with a one-line message that names the cause. */
  write(record: ArchiveRecord): Promise<string>;
}
