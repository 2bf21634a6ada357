import type { SQSBatchResponse } from "aws-lambda";
import { type QueueRecord, readMessage } from "../../adapters/aws/sqs/claimed-batch.ts";
import type { DeadLetterMessage } from "../../adapters/aws/sqs/dead-letter-sender.ts";
import { type BuryParts, bury } from "../../pipeline/bury.ts";
import type { Alerts } from "../../ports/alerts.ts";
import type { Log } from "../../ports/log.ts";

/**
 * Empties the dead-letter queue: one message after the other, because a group's order matters to none of them. What
 * cannot be done now stays there and comes back.
 */
export async function buryBatch(
  records: readonly QueueRecord[],
  parts: Omit<BuryParts, "putBack"> & {
    readonly alerts: Alerts;
    readonly putBack: (message: DeadLetterMessage, messageId: string) => Promise<void>;
    readonly log: Log;
  },
): Promise<SQSBatchResponse> {
  const failed: string[] = [];
  for (const { messageId, body } of records) {
    const message = readMessage<DeadLetterMessage>(body);
    if (message === null) {
      // Nothing is known of it, so nothing may be thrown away: it stays until the queue's retention ends.
      parts.alerts.raise("archive.failed", messageId, "A message of the dead-letter queue is none of ours.");
      failed.push(messageId);
      continue;
    }
    const { event, generation, failure, returns = 0 } = message;
    try {
      const outcome = await bury(
        { event, generation, returns, ...(failure === undefined ? {} : { failure }) },
        { ...parts, putBack: () => parts.putBack(message, messageId) },
      );
      parts.log.info({ eventId: event.eventId, outcome }, "dead letter");
    } catch (error) {
      parts.log.error({ eventId: event.eventId, error: (error as Error).message }, "not archived");
      parts.alerts.raise("archive.failed", event.eventId, (error as Error).message);
      failed.push(messageId);
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
