import { randomUUID } from "node:crypto";
import { openDeduplication, type SentMessage } from "./deduplication.ts";
import { fifoOrder, standardOrder } from "./delivery-order.ts";
import { isFifo, numberOf, type QueueSettings, redriveOf } from "./queue-settings.ts";
import { readHandle, writeHandle } from "./receipt-handle.ts";
import { invalidValue, SqsError } from "./sqs-error.ts";
import { type MessageContent, type StoredMessage, stateOf } from "./stored-message.ts";

/** One queue in memory, without any protocol around it. */
export interface Queue {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly createdAt: number;
  settings: QueueSettings;
  changedAt: number;
  purgedAt: number;
  /** In the order of arrival, without those whose retention period is over. */
  messages(): readonly StoredMessage[];
  /** A duplicate in a FIFO queue is answered with the first message and stored nowhere. */
  send(content: MessageContent, delayMs: number): SentMessage;
  /** Up to `most` messages, which are then in flight; those received too often go to the dead-letter queue instead. */
  receive(most: number, visibilityMs: number): readonly Received[];
  /** Throws `ReceiptHandleIsInvalid` or, for an expired handle of a FIFO queue, `InvalidParameterValue`. */
  delete(handle: string): void;
  /** As `delete`; throws `MessageNotInflight` in a standard queue. */
  changeVisibility(handle: string, seconds: number): void;
  /** The messages that a move task may take now, in order. */
  movable(): readonly StoredMessage[];
  /** A message from another queue, as it is. */
  accept(message: StoredMessage): void;
  remove(message: StoredMessage): void;
  purge(): void;
}

export interface Received {
  readonly message: StoredMessage;
  readonly handle: string;
}

/** Source: SQS API reference, ChangeMessageVisibility: twelve hours from the receive, however often it is changed. */
const MOST_INVISIBLE_MS = 43_200_000;

export function openQueue(parts: {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly settings: QueueSettings;
  readonly now: () => number;
  readonly nextSequenceNumber: () => string;
  readonly findQueue: (arn: string) => Queue | undefined;
}): Queue {
  const { arn, now } = parts;
  const stored = new Map<string, StoredMessage>();
  const deduplication = openDeduplication();
  /** Group id to the number of the receive that served it last. */
  const served = new Map<string, number>();
  let receives = 0;

  const queue: Queue = {
    name: parts.name,
    url: parts.url,
    arn,
    createdAt: now(),
    settings: parts.settings,
    changedAt: now(),
    purgedAt: Number.NEGATIVE_INFINITY,
    messages,
    send(content, delayMs) {
      const fifo = isFifo(queue.settings);
      const key = deduplicationKey(content);
      const first = fifo ? deduplication.find(key, now()) : undefined;
      if (first !== undefined) return first;
      const message: StoredMessage = {
        id: randomUUID(),
        content,
        sequenceNumber: fifo ? parts.nextSequenceNumber() : null,
        sentAt: now(),
        enqueuedAt: now(),
        deadLetterSourceArn: null,
        visibleAt: now() + delayMs,
        receivesHere: 0,
        receives: 0,
        firstReceivedAt: null,
        latest: null,
      };
      stored.set(message.id, message);
      if (fifo) deduplication.remember(key, message, now());
      return message;
    },
    receive(most, visibilityMs) {
      const redrive = redriveOf(queue.settings);
      const deadLetters = redrive === null ? undefined : parts.findQueue(redrive.deadLetterTargetArn);
      const received: Received[] = [];
      receives += 1;
      for (const message of deliverable()) {
        if (received.length === most) break;
        if (redrive !== null && deadLetters !== undefined && message.receivesHere >= redrive.maxReceiveCount) {
          moveToDeadLetters(message, deadLetters);
        } else {
          received.push({ message, handle: markReceived(message, visibilityMs) });
        }
      }
      return received;
    },
    delete(handle) {
      const { messageId, nonce } = readHandle(handle, arn);
      const message = stored.get(messageId);
      if (message === undefined) return;
      const latest = message.latest?.nonce === nonce;
      if (isFifo(queue.settings)) {
        if (!latest || stateOf(message, now()) !== "in flight") throw expired(handle);
      } else if (!latest) {
        // An old handle of a standard queue: the request succeeds, the message stays.
        return;
      }
      stored.delete(messageId);
    },
    changeVisibility(handle, seconds) {
      const { messageId, nonce } = readHandle(handle, arn);
      const message = stored.get(messageId);
      if (message === undefined) {
        const reason = "Message does not exist or is not available for visibility timeout change.";
        throw invalidValue("ReceiptHandle", handle, reason);
      }
      if (message.latest?.nonce !== nonce || stateOf(message, now()) !== "in flight") {
        if (isFifo(queue.settings)) throw expired(handle);
        throw new SqsError("MessageNotInflight", "The message referred to isn't in flight.");
      }
      if (now() + seconds * 1_000 > message.latest.at + MOST_INVISIBLE_MS) {
        const reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
        throw invalidValue("VisibilityTimeout", seconds, reason);
      }
      message.visibleAt = now() + seconds * 1_000;
    },
    movable: deliverable,
    accept(message) {
      stored.set(message.id, message);
      if (isFifo(queue.settings)) deduplication.remember(deduplicationKey(message.content), message, now());
    },
    remove(message) {
      stored.delete(message.id);
    },
    purge() {
      stored.clear();
    },
  };
  return queue;

  function messages(): readonly StoredMessage[] {
    const oldest = now() - numberOf(queue.settings, "MessageRetentionPeriod") * 1_000;
    for (const { id, enqueuedAt } of stored.values()) if (enqueuedAt <= oldest) stored.delete(id);
    return [...stored.values()];
  }

  function deliverable(): readonly StoredMessage[] {
    return isFifo(queue.settings) ? fifoOrder(messages(), now(), served) : standardOrder(messages(), now());
  }

  function deduplicationKey({ groupId, deduplicationId }: MessageContent): string {
    const scope = queue.settings.DeduplicationScope === "messageGroup" ? groupId : "";
    return `${scope}\n${deduplicationId}`;
  }

  function markReceived(message: StoredMessage, visibilityMs: number): string {
    const nonce = randomUUID();
    message.receives += 1;
    message.receivesHere += 1;
    message.firstReceivedAt ??= now();
    message.latest = { nonce, at: now() };
    message.visibleAt = now() + visibilityMs;
    if (message.content.groupId !== undefined) served.set(message.content.groupId, receives);
    return writeHandle({ queueArn: arn, messageId: message.id, nonce });
  }

  /**
   * The message keeps its id, group, receive count and times; in a FIFO queue its id becomes its deduplication id and
   * its retention begins again. Source: SQS developer guide, "Configure a dead-letter queue redrive" and
   * "Setting-up dead-letter queue retention".
   */
  function moveToDeadLetters(message: StoredMessage, deadLetters: Queue): void {
    const fifo = isFifo(queue.settings);
    stored.delete(message.id);
    deadLetters.accept({
      ...message,
      content: fifo ? { ...message.content, deduplicationId: message.id } : message.content,
      enqueuedAt: fifo ? now() : message.enqueuedAt,
      deadLetterSourceArn: arn,
      visibleAt: now(),
      receivesHere: 0,
      latest: null,
    });
  }
}

function expired(handle: string): SqsError {
  return invalidValue("ReceiptHandle", handle, "The receipt handle has expired.");
}
