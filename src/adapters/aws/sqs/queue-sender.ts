import { createHash } from "node:crypto";
import type { PaymentEvent } from "../../../domain/payment-event.ts";
import { asStoreError, type SqsCalls } from "../calls/aws-calls.ts";

/** What travels on the queue: the event itself, never its payload. */
export interface QueueMessage {
  readonly event: PaymentEvent;
  /** How often the event was put back by an operator: 0 for its first way through the queue. */
  readonly generation: number;
  /** True when an operator asked for it again. */
  readonly replay: boolean;
  /** How often it came back from the dead-letter queue because nothing was wrong with it. */
  readonly returns?: number;
}

/** Puts events into the FIFO queue: one message group per payment. */
export interface QueueSender {
  /**
   * Resolves when the queue has it. `again` names the reason for a second message of the same generation, which the
   * queue would otherwise drop for five minutes. Rejects with a `StoreError`.
   */
  send(message: QueueMessage, again?: string): Promise<void>;
}

export function openQueueSender(parts: {
  readonly sqs: SqsCalls;
  readonly queueUrl: string;
  /** The X-Ray header of the current invocation, passed on so that the trace goes on. */
  readonly trace: () => string | undefined;
}): QueueSender {
  return {
    async send(message, again) {
      const trace = parts.trace();
      try {
        await parts.sqs("SendMessage", {
          QueueUrl: parts.queueUrl,
          MessageBody: JSON.stringify(message),
          MessageGroupId: groupOf(message.event),
          MessageDeduplicationId: deduplicationId(message, again),
          ...(trace === undefined
            ? {}
            : { MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: trace } } }),
        });
      } catch (error) {
        throw asStoreError(error);
      }
    },
  };
}

/** SHA-256 of the transaction id, lower-case hex; an event that belongs to no payment is a group of its own. */
export function groupOf({ transactionId, eventId }: PaymentEvent): string {
  return sha256(transactionId ?? eventId);
}

/** SHA-256 of the event id for its first message, lower-case hex. An id holds no control character, so the parts cannot be confused. */
export function deduplicationId({ event, generation }: QueueMessage, again: string | undefined): string {
  const parts = [event.eventId, ...(generation > 0 || again !== undefined ? [String(generation), again ?? ""] : [])];
  return sha256(parts.join("\n"));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
