import type { EventEmitter } from "node:events";
import type * as Q from "@aws-sdk/client-sqs";
import { runBatch } from "./batch.ts";
import { longPoll } from "./long-poll.ts";
import { checkedContent, contentBytes, type SendInput } from "./message-content.ts";
import type { MoveTasks } from "./move-tasks.ts";
import type { Queue } from "./queue.ts";
import { queueAttributes } from "./queue-attributes.ts";
import type { QueueSet } from "./queue-set.ts";
import { isFifo, numberOf, redriveOf } from "./queue-settings.ts";
import { md5, receivedMessage } from "./received-message.ts";
import { invalidValue, needed, SqsError } from "./sqs-error.ts";

interface Inputs {
  ChangeMessageVisibility: Q.ChangeMessageVisibilityRequest;
  ChangeMessageVisibilityBatch: Q.ChangeMessageVisibilityBatchRequest;
  CreateQueue: Q.CreateQueueRequest;
  DeleteMessage: Q.DeleteMessageRequest;
  DeleteMessageBatch: Q.DeleteMessageBatchRequest;
  DeleteQueue: Q.DeleteQueueRequest;
  GetQueueAttributes: Q.GetQueueAttributesRequest;
  GetQueueUrl: Q.GetQueueUrlRequest;
  ListDeadLetterSourceQueues: Q.ListDeadLetterSourceQueuesRequest;
  ListMessageMoveTasks: Q.ListMessageMoveTasksRequest;
  ListQueues: Q.ListQueuesRequest;
  PurgeQueue: Q.PurgeQueueRequest;
  ReceiveMessage: Q.ReceiveMessageRequest;
  SendMessage: Q.SendMessageRequest;
  SendMessageBatch: Q.SendMessageBatchRequest;
  SetQueueAttributes: Q.SetQueueAttributesRequest;
  StartMessageMoveTask: Q.StartMessageMoveTaskRequest;
}

/** The operations of the API by name: input and answer as they travel. A refusal is a thrown `SqsError`. */
export type SqsOperations = {
  readonly [Name in keyof Inputs]: (input: Partial<Inputs[Name]>, signal: AbortSignal) => object | Promise<object>;
};

/** Source: SQS API reference, "Actions". */
export function openOperations(parts: {
  readonly queues: QueueSet;
  readonly moveTasks: MoveTasks;
  readonly now: () => number;
  readonly changes: EventEmitter;
}): SqsOperations {
  const { queues, moveTasks, now } = parts;
  const queueOf = ({ QueueUrl: url }: { QueueUrl?: string | undefined }) => queues.get(needed(url, "QueueUrl"));

  return {
    CreateQueue: (input) => ({ QueueUrl: queues.create(needed(input.QueueName, "QueueName"), texts(input)).url }),
    GetQueueUrl: (input) => ({ QueueUrl: queues.get(needed(input.QueueName, "QueueName")).url }),
    ListQueues: ({ QueueNamePrefix: prefix = "" }) => ({
      QueueUrls: urls(queues.all().filter(({ name }) => name.startsWith(prefix))),
    }),
    DeleteQueue(input) {
      queues.delete(queueOf(input));
      return {};
    },
    GetQueueAttributes: (input) => ({ Attributes: queueAttributes(queueOf(input), input.AttributeNames ?? [], now()) }),
    SetQueueAttributes(input) {
      queues.change(queueOf(input), texts(input));
      return {};
    },
    SendMessage: (input) => send(queueOf(input), input),
    SendMessageBatch(input) {
      const queue = queueOf(input);
      const bytes = (input.Entries ?? []).reduce((sum, entry) => sum + contentBytes(entry), 0);
      const result = () => runBatch(input.Entries, (entry) => send(queue, entry));
      if (bytes <= MOST_BYTES || (input.Entries ?? []).length > 10) return result();
      const reason = `Batch requests cannot be longer than ${MOST_BYTES} bytes. You have sent ${bytes} bytes.`;
      throw new SqsError("BatchRequestTooLong", reason);
    },
    async ReceiveMessage(input, signal) {
      const queue = queueOf(input);
      const most = inRange("MaxNumberOfMessages", input.MaxNumberOfMessages ?? 1, 1, 10);
      const visibility = input.VisibilityTimeout ?? numberOf(queue.settings, "VisibilityTimeout");
      const wait = input.WaitTimeSeconds ?? numberOf(queue.settings, "ReceiveMessageWaitTimeSeconds");
      const visibilityMs = 1_000 * inRange("VisibilityTimeout", visibility, 0, 43_200);
      const waitMs = 1_000 * inRange("WaitTimeSeconds", wait, 0, 20);
      const attempt = () => queue.receive(most, visibilityMs);
      const received = await longPoll({ attempt, waitMs, changes: parts.changes, signal });
      return received.length === 0 ? {} : { Messages: received.map((each) => receivedMessage(each, input)) };
    },
    DeleteMessage: (input) => remove(queueOf(input), input),
    DeleteMessageBatch(input) {
      const queue = queueOf(input);
      return runBatch(input.Entries, (entry) => remove(queue, entry));
    },
    ChangeMessageVisibility: (input) => changeVisibility(queueOf(input), input),
    ChangeMessageVisibilityBatch(input) {
      const queue = queueOf(input);
      return runBatch(input.Entries, (entry) => changeVisibility(queue, entry));
    },
    PurgeQueue(input) {
      const queue = queueOf(input);
      if (now() < queue.purgedAt + 60_000) {
        const reason = `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`;
        throw new SqsError("PurgeQueueInProgress", reason);
      }
      queue.purge();
      queue.purgedAt = now();
      return {};
    },
    StartMessageMoveTask: (input) => ({
      TaskHandle: moveTasks.start(needed(input.SourceArn, "SourceArn"), input.DestinationArn),
    }),
    ListMessageMoveTasks: (input) => ({
      Results: moveTasks
        .list(needed(input.SourceArn, "SourceArn"))
        .slice(0, inRange("MaxResults", input.MaxResults ?? 1, 1, 10)),
    }),
    ListDeadLetterSourceQueues(input) {
      const { arn } = queueOf(input);
      // This one name begins with a small letter in the API.
      return {
        queueUrls: urls(queues.all().filter(({ settings }) => redriveOf(settings)?.deadLetterTargetArn === arn)),
      };
    },
  };
}

/** Of a batch as of a message: 1 MiB. */
const MOST_BYTES = 1_048_576;

function send(queue: Queue, input: SendInput): object {
  const content = checkedContent(input, queue.settings);
  const delaySeconds = (isFifo(queue.settings) ? null : input.DelaySeconds) ?? numberOf(queue.settings, "DelaySeconds");
  const { id, sequenceNumber } = queue.send(content, delaySeconds * 1_000);
  return {
    MessageId: id,
    MD5OfMessageBody: md5(content.body),
    ...(sequenceNumber === null ? {} : { SequenceNumber: sequenceNumber }),
  };
}

function remove(queue: Queue, { ReceiptHandle: handle }: Partial<Q.DeleteMessageRequest>): object {
  queue.delete(needed(handle, "ReceiptHandle"));
  return {};
}

function changeVisibility(queue: Queue, input: Partial<Q.ChangeMessageVisibilityRequest>): object {
  const seconds = inRange("VisibilityTimeout", needed(input.VisibilityTimeout, "VisibilityTimeout"), 0, 43_200);
  queue.changeVisibility(needed(input.ReceiptHandle, "ReceiptHandle"), seconds);
  return {};
}

function inRange(parameter: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalidValue(parameter, value, `Must be between ${least} and ${most}, if provided.`);
}

function texts({ Attributes: attributes = {} }: Partial<Q.SetQueueAttributesRequest>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value)]));
}

function urls(queues: readonly Queue[]): readonly string[] {
  return queues.map(({ url }) => url);
}
