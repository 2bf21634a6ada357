import { setTimeout as wait } from "node:timers/promises";
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { SQSMessageAttribute, SQSMessageAttributeDataType, SQSRecord, SQSRecordAttributes } from "aws-lambda";
import { failuresOf } from "./batch-report.ts";
import type { Invocable } from "./invocable.ts";
import { type Polling, REST_MS, startPolling } from "./polling.ts";

/**
 * An event source mapping from a queue to a function, with `ReportBatchItemFailures`. What succeeded is deleted; what
 * failed is left alone, so that it stays in flight until its visibility timeout ends. A failed invocation fails all.
 * Source: Lambda developer guide, "Using Lambda with Amazon SQS".
 */
export interface SqsMapping {
  /** One receive, and one invocation when there was something; gives the number of messages. */
  poll(): Promise<number>;
  /**
   * Polls until the queue is empty, nothing in flight either. When everything left waits for its visibility timeout,
   * `whenAllWait` is called before the next look: the place to put the queue's clock forward. Rejects after `limitMs`
   * (10 s unless given) and says what is left.
   */
  drain(options?: { readonly limitMs?: number; readonly whenAllWait?: () => unknown }): Promise<void>;
  /** Polls beside the test until the end of it. */
  start(): Polling;
}

export interface SqsMappingOptions {
  /** Goes to the queue itself, so that a proxy sees the function's calls only. */
  readonly client: SQSClient;
  readonly queue: { readonly url: string; readonly arn: string };
  readonly target: Invocable;
  /** Messages per invocation; 10 unless given, which is also the most for a FIFO queue. */
  readonly batchSize?: number;
  /** Invocations at a time; 1 unless given. With more the target has to take them: a pool. */
  readonly maximumConcurrency?: number;
}

export function openSqsMapping(options: SqsMappingOptions): SqsMapping {
  const { client, queue, target, batchSize = 10, maximumConcurrency = 1 } = options;

  return {
    poll,
    async drain({ limitMs = 10_000, whenAllWait } = {}) {
      const deadline = performance.now() + limitMs;
      for (;;) {
        const polled = await Promise.all(Array.from({ length: maximumConcurrency }, poll));
        const received = polled.reduce((sum, count) => sum + count, 0);
        const left = await messagesLeft();
        if (received === 0 && left === 0) return;
        if (performance.now() > deadline)
          throw new Error(`After ${limitMs} ms ${left} messages are left: ${queue.arn}`);
        if (received > 0) continue;
        if (whenAllWait === undefined) await wait(REST_MS);
        else await whenAllWait();
      }
    },
    start: () => startPolling(poll, maximumConcurrency),
  };

  async function poll(): Promise<number> {
    const { Messages: messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: batchSize,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
    );
    if (messages.length === 0) return 0;
    const failed = await failuresAmong(messages);
    if (failed !== "all") await remove(messages.filter(({ MessageId }) => !failed.has(MessageId as string)));
    return messages.length;
  }

  async function failuresAmong(messages: readonly Message[]): Promise<ReadonlySet<string> | "all"> {
    const records = messages.map((message) => sqsRecord(message, queue.arn));
    let result: unknown;
    try {
      result = await target.invoke({ Records: records });
    } catch {
      return "all";
    }
    const ids = records.map(({ messageId }) => messageId);
    return failuresOf(result, ids);
  }

  async function remove(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries }));
  }

  async function messagesLeft(): Promise<number> {
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl: queue.url,
        AttributeNames: [
          "ApproximateNumberOfMessages",
          "ApproximateNumberOfMessagesNotVisible",
          "ApproximateNumberOfMessagesDelayed",
        ],
      }),
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  }
}

function sqsRecord(message: Message, arn: string): SQSRecord {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => {
    const { DataType = "String", StringValue, BinaryValue } = value;
    return [
      name,
      {
        dataType: DataType as SQSMessageAttributeDataType,
        stringListValues: [],
        binaryListValues: [],
        ...(StringValue === undefined ? {} : { stringValue: StringValue }),
        ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString("base64") }),
      },
    ] satisfies [string, SQSMessageAttribute];
  });
  return {
    messageId: message.MessageId as string,
    receiptHandle: message.ReceiptHandle as string,
    body: message.Body as string,
    attributes: (message.Attributes ?? {}) as unknown as SQSRecordAttributes,
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody as string,
    eventSource: "aws:sqs",
    eventSourceARN: arn,
    awsRegion: arn.split(":")[3] as string,
  };
}
