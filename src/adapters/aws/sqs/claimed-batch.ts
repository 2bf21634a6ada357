import type { PaymentEvent } from "../../../domain/payment-event.ts";
import type { Ledger } from "../../../ports/ledger.ts";
import type { Attempts, Claim } from "../../../ports/queue.ts";
import { asStoreError, type SqsCalls } from "../calls/aws-calls.ts";
import type { EventItems } from "../dynamodb/event-items.ts";
import type { DeadLetterSender } from "./dead-letter-sender.ts";
import type { QueueMessage } from "./queue-sender.ts";

/** A message as the queue hands it to a function. */
export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: {
    readonly MessageGroupId?: string | undefined;
    readonly ApproximateReceiveCount?: string | undefined;
  };
}

/** One batch of messages, payment by payment. */
export interface ClaimedBatch {
  /** The messages of one payment each, in order. */
  readonly groups: readonly (readonly ClaimedMessage[])[];
  readonly attempts: Attempts;
  /** These stay in the queue: they come back after the delay that `Attempts.retry` asked for the first of them. */
  keep(messages: readonly ClaimedMessage[]): Promise<void>;
}

export interface ClaimedMessage {
  readonly record: QueueRecord;
  /** Null when the body is none of ours. */
  readonly claim: Claim | null;
}

/** Seconds after which an event comes back that met a fault of AWS; beyond the list the queue's own time counts. */
const AFTER_FAULT_S = [30, 120];
// A little less than the 12 hours that SQS allows, which count from the receipt.
const MOST_S = 43_000;

export function openClaimedBatch(
  parts: {
    readonly sqs: SqsCalls;
    readonly queueUrl: string;
    readonly items: EventItems;
    readonly ledger: Pick<Ledger, "get">;
    readonly deadLetters: DeadLetterSender;
  },
  records: readonly QueueRecord[],
): ClaimedBatch {
  const { items, ledger } = parts;
  const messages = new Map<string, QueueMessage>();
  const delays = new Map<string, number>();
  const groups = new Map<string, ClaimedMessage[]>();
  for (const record of records) {
    const message = readMessage(record.body);
    const group = record.attributes.MessageGroupId ?? record.messageId;
    const { messageId: receipt } = record;
    if (message !== null) messages.set(receipt, message);
    const claim = message && { event: message.event, attempts: 0, replay: message.replay, receipt };
    groups.set(group, [...(groups.get(group) ?? []), { record, claim }]);
  }

  return {
    groups: [...groups.values()],
    attempts: {
      async begin({ event }, startedAt) {
        const attempt = await items.begin(event, startedAt);
        if (attempt === null) return null;
        return { attempt, transaction: await transactionOf(event) };
      },
      async retry({ event, receipt }, failure, delayMs) {
        delays.set(String(receipt), delayMs);
        await items.endAttempt(event, failure);
      },
      async giveUp({ event, receipt }, failure) {
        // First the way to the archive, then the mark: a redelivery in between does both again.
        await parts.deadLetters.park(messages.get(String(receipt)) as QueueMessage, failure);
        await items.markDead(event, failure);
      },
    },
    async keep(kept) {
      const [first] = kept;
      if (first === undefined) return;
      const seconds = delayOf(first.record, delays);
      if (seconds === null) return;
      await parts
        .sqs("ChangeMessageVisibilityBatch", {
          QueueUrl: parts.queueUrl,
          Entries: kept.map(({ record }, index) => ({
            Id: String(index),
            ReceiptHandle: record.receiptHandle,
            VisibilityTimeout: seconds,
          })),
        })
        .catch((error: unknown) => {
          throw asStoreError(error);
        });
    },
  };

  async function transactionOf({ transactionId }: PaymentEvent) {
    return transactionId === null ? undefined : (await ledger.get(transactionId))?.transaction;
  }
}

/** Whole seconds; null for the queue's own visibility timeout. */
function delayOf({ messageId, attributes }: QueueRecord, delays: ReadonlyMap<string, number>): number | null {
  const asked = delays.get(messageId);
  if (asked !== undefined) return Math.min(MOST_S, Math.ceil(asked / 1000));
  return AFTER_FAULT_S[Number(attributes.ApproximateReceiveCount ?? 1) - 1] ?? null;
}

/** Null for a body that no sender of ours wrote. */
export function readMessage<Message extends QueueMessage = QueueMessage>(body: string): Message | null {
  try {
    const message = JSON.parse(body) as Partial<Message> | null;
    return typeof message?.event?.eventId === "string" && typeof message.generation === "number"
      ? (message as Message)
      : null;
  } catch {
    return null;
  }
}
