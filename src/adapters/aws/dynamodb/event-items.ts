import type { PaymentEvent } from "../../../domain/payment-event.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { EventFilter, EventRecord, Page, PageRequest, StorableDelivery } from "../../../ports/event-store.ts";
import type { SettledNow } from "../../../ports/ledger.ts";
import type { Failure } from "../../../ports/queue.ts";
import type { DynamoDbCalls } from "../calls/aws-calls.ts";
import type { QueueMessage } from "../sqs/queue-sender.ts";
import { DEFAULT_KEY, type TableKey } from "./event-key.ts";
import { openEventMarks } from "./event-mark.ts";
import { openProbe } from "./event-probe.ts";
import { openEventPut } from "./event-put.ts";
import { openEventRead } from "./event-read.ts";
import { openEventRemove } from "./event-remove.ts";
import { openEventTable } from "./event-table.ts";
import { openEventList } from "./list-events.ts";
import { openPending } from "./pending-events.ts";
import { openRequeue } from "./requeue.ts";

/**
 * The events table, one item per event. Every method rejects with a `StoreError` when DynamoDB cannot do it now. A write
 * that failed may have taken effect all the same; each of them can be repeated.
 */
export interface EventItems {
  /** Keeps an event once, or counts a copy of one that is known. One conditional write, nothing read before it. */
  put(event: PaymentEvent, delivery: StorableDelivery): Promise<Put>;
  /** Ties a weakly bound id to the first body that came under it, for ever. */
  bind(boundTo: string, bodySha256: string): Promise<"bound" | "bound_to_another_body">;
  /** Null when there is no such event, or it was removed, or its time is over. */
  read(eventId: string): Promise<StoredEvent | null>;
  /** The stored payload; null when the event is unknown or its payload is gone. */
  payload(eventId: string): Promise<Uint8Array | null>;
  /**
   * Counts an attempt, durably, and gives how many there were since the event was last queued, this one included. Null
   * when it does not wait to be processed any more. `startedAt` is epoch milliseconds.
   */
  begin(event: PaymentEvent, startedAt: number): Promise<number | null>;
  /** The attempt that was begun last failed; the event goes on waiting. */
  endAttempt(event: PaymentEvent, failure: Failure): Promise<void>;
  /**
   * The event was applied, or quarantined: it waits no more. `known` when it did not wait. A replay of a processed event
   * keeps its first outcome, which is the event's place in its payment's history.
   */
  markSettled(event: PaymentEvent, settled: SettledNow, mark: SettledMark): Promise<"marked" | "known">;
  /** The event was given up. `known` when it did not wait. A processed event whose replay dies stays processed. */
  markDead(event: PaymentEvent, failure: Failure): Promise<"marked" | "known">;
  /** The archive holds the dead event under this key. Nothing happens when it is dead no more. */
  markArchived(eventId: string, key: string): Promise<void>;
  /**
   * Makes an event wait to be processed again, and gives the message to be sent. `redrive` takes dead events only,
   * `replay` any; `repair` changes nothing: it gives the message of an event that waits, and `not_dead` for one that
   * does not. `actor` is who asked, for the audit.
   */
  queueAgain(
    eventId: string,
    why: "redrive" | "replay" | "repair",
    actor: string,
  ): Promise<QueueMessage | "already_queued" | "not_dead" | "unknown_event">;
  /** See `EventStore.remove`. */
  remove(eventId: string, actor: string): Promise<"removed" | "in_progress" | "unknown_event">;
  /** Ids of events received before `olderThan` (epoch milliseconds) that still wait to be processed, oldest first. */
  pendingSince(olderThan: number, limit: number): Promise<readonly string[]>;
  /** See `EventStore.list`. */
  list(filter: EventFilter, page: PageRequest): Promise<Page<EventRecord>>;
  /** Newest first. Read from the index, which is behind the table by some milliseconds. */
  listState(state: "dead" | "quarantined", page: PageRequest): Promise<Page<EventRecord>>;
  /** How many events are in this state; `waiting`: how many are to be processed, for the first time or again. */
  countState(state: "waiting" | "dead" | "quarantined"): Promise<number>;
  /** Resolves after a real write. */
  probe(): Promise<void>;
}

export type Put =
  | { readonly kind: "new" }
  | {
      readonly kind: "copy";
      /** Whether the first copy bore the same bytes. */
      readonly sameBody: boolean;
      /** When it still waits to be processed: what has to be on the queue. */
      readonly message: QueueMessage | null;
    };

export interface StoredEvent {
  readonly record: EventRecord;
  /** To be processed, for the first time or again. */
  readonly waiting: boolean;
  /** Attempts counted since it was last queued. */
  readonly tries: number;
  /** How often an operator put it back; see `QueueMessage`. */
  readonly generation: number;
  /** It waits because an operator asked for a replay. */
  readonly replaying: boolean;
  /** Where the archive holds it; null unless it is dead and archived. */
  readonly archiveKey: string | null;
}

export interface SettledMark {
  /** As `begin` counted it; 0 when no handler was called. */
  readonly attempt: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Epoch milliseconds; the end of the attempt and the time of processing. */
  readonly at: number;
}

/** `retentionMs`: how long an event is kept after its receipt. */
export function openEventItems(parts: {
  readonly dynamo: DynamoDbCalls;
  readonly table: string;
  readonly key?: TableKey;
  readonly clock: Clock;
  readonly retentionMs: number;
}): EventItems {
  const table = openEventTable({ ...parts, key: parts.key ?? DEFAULT_KEY });
  return {
    ...openEventPut(table),
    ...openEventRead(table),
    ...openEventMarks(table),
    ...openEventList(table),
    ...openPending(table),
    queueAgain: openRequeue(table),
    remove: openEventRemove(table),
    probe: openProbe(table),
  };
}
