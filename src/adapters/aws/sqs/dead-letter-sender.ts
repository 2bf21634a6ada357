import type { Failure } from "../../../ports/queue.ts";
import { asStoreError, type SqsCalls } from "../calls/aws-calls.ts";
import { deduplicationId, groupOf, type QueueMessage } from "./queue-sender.ts";

/**
 * A message on the dead-letter queue. With a failure the processor parked it; without one the queue gave up on it, and
 * it may be an innocent one that stood behind the event which failed.
 */
export interface DeadLetterMessage extends QueueMessage {
  readonly failure?: Failure;
}

/** Puts what cannot be processed on the way to the archive, so that the events behind it need not wait for the queue. */
export interface DeadLetterSender {
  /** Rejects with a `StoreError`. */
  park(message: QueueMessage, failure: Failure): Promise<void>;
}

export function openDeadLetterSender(parts: { readonly sqs: SqsCalls; readonly queueUrl: string }): DeadLetterSender {
  return {
    async park(message, failure) {
      const parked: DeadLetterMessage = { ...message, failure };
      try {
        await parts.sqs("SendMessage", {
          QueueUrl: parts.queueUrl,
          MessageBody: JSON.stringify(parked),
          MessageGroupId: groupOf(message.event),
          MessageDeduplicationId: deduplicationId(message, "dead"),
        });
      } catch (error) {
        throw asStoreError(error);
      }
    },
  };
}
