import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  SendMessageBatchCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openQueueClient, openSqsClient, type QueueClient } from "./queue-client.ts";
import { type RunningSqs, startSqs } from "./start-sqs.ts";

let sqs: RunningSqs;
let client: SQSClient;
let queues = 0;

beforeAll(async () => {
  sqs = await startSqs();
  client = openSqsClient(sqs.endpoint);
});
afterAll(async () => {
  client.destroy();
  await sqs.stop();
});

function newQueue(attributes: Record<string, string> = {}): QueueClient {
  return openQueueClient(client, sqs.createQueue(`queue-${++queues}`, attributes).url);
}

describe("a standard queue", () => {
  it("delivers whatever is visible, and counts what is visible, in flight and delayed", async () => {
    const queue = newQueue();
    await queue.send("one");
    await queue.send("two");
    await queue.send("later", undefined, { DelaySeconds: 60 });
    await queue.receive({ MaxNumberOfMessages: 1 });
    expect(await queue.attributes()).toMatchObject({
      ApproximateNumberOfMessages: "1",
      ApproximateNumberOfMessagesNotVisible: "1",
      ApproximateNumberOfMessagesDelayed: "1",
    });
    expect(await queue.bodies()).toHaveLength(1);
    sqs.advance(60_000);
    expect([...(await queue.bodies())].sort()).toEqual(["later", "one", "two"]);
  });

  // Source: SQS API reference, SendMessage, `DelaySeconds`.
  it("delays each message by its own seconds, else by those of the queue", async () => {
    const queue = newQueue({ DelaySeconds: "900" });
    await queue.send("queue's own");
    await queue.send("at once", undefined, { DelaySeconds: 0 });
    expect(await queue.bodies()).toEqual(["at once"]);
    await expect(queue.send("late", undefined, { DelaySeconds: 901 })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  // Source: SQS API reference, DeleteMessage and ChangeMessageVisibility.
  it("takes an old handle without a deletion, the latest one also after its time, and changes only what is in flight", async () => {
    const queue = newQueue();
    await queue.send("body");
    const [old] = await queue.receive({ VisibilityTimeout: 0 });
    const [latest] = await queue.receive({ VisibilityTimeout: 0 });
    await queue.delete(old);
    expect(sqs.messages(queue.url)).toHaveLength(1);
    await expect(queue.changeVisibility(latest, 10)).rejects.toMatchObject({ name: "MessageNotInflight" });
    await queue.delete(latest);
    expect(sqs.messages(queue.url)).toEqual([]);
  });

  it("refuses a deduplication id, and takes a group id as fair queues do", async () => {
    const queue = newQueue();
    await expect(queue.send("body", undefined, { MessageDeduplicationId: "id" })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
    await queue.send("body", undefined, { MessageGroupId: "tenant" });
    expect((await queue.receive())[0]?.Attributes).toMatchObject({ MessageGroupId: "tenant" });
  });

  it("forgets a message whose retention period is over", async () => {
    const queue = newQueue({ MessageRetentionPeriod: "60" });
    await queue.send("body");
    sqs.advance(60_000);
    expect(await queue.receive()).toEqual([]);
  });
});

// Source: SQS developer guide, "Amazon SQS short and long polling".
describe("a long poll", { timeout: 10_000 }, () => {
  it("is answered as soon as a message is sent", async () => {
    const queue = newQueue();
    const poll = queue.bodies({ WaitTimeSeconds: 20 });
    await queue.send("body");
    expect(await poll).toEqual(["body"]);
  });

  it("is answered when the clock makes a message visible", async () => {
    const queue = newQueue({ ReceiveMessageWaitTimeSeconds: "20" });
    await queue.send("body");
    await queue.receive({ VisibilityTimeout: 300 });
    const poll = queue.bodies();
    sqs.advance(300_000);
    expect(await poll).toEqual(["body"]);
  });

  it("is empty after its time", async () => {
    const before = Date.now();
    expect(await newQueue().receive({ WaitTimeSeconds: 1 })).toEqual([]);
    expect(Date.now() - before).toBeGreaterThanOrEqual(1_000);
  });

  it("does not keep the server from stopping", async () => {
    const other = await startSqs();
    const otherClient = openSqsClient(other.endpoint);
    const poll = openQueueClient(otherClient, other.createQueue("queue").url).receive({ WaitTimeSeconds: 20 });
    const ended = Promise.allSettled([poll]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await other.stop();
    await ended;
    otherClient.destroy();
  });
});

// Source: SQS API reference, CreateQueue, GetQueueUrl, GetQueueAttributes, SetQueueAttributes, ListQueues, PurgeQueue.
describe("a queue", () => {
  it("is created once for the same attributes, and refused for others", async () => {
    const create = (Attributes: Record<string, string>) =>
      client.send(new CreateQueueCommand({ QueueName: "once", Attributes }));
    const { QueueUrl } = await create({ VisibilityTimeout: "60" });
    expect(await create({ VisibilityTimeout: "60" })).toMatchObject({ QueueUrl });
    await expect(create({ VisibilityTimeout: "61" })).rejects.toMatchObject({ name: "QueueNameExists" });
    expect(await client.send(new GetQueueUrlCommand({ QueueName: "once" }))).toMatchObject({ QueueUrl });
    expect((await client.send(new ListQueuesCommand({ QueueNamePrefix: "onc" }))).QueueUrls).toEqual([QueueUrl]);
  });

  it("of type FIFO has a name that says so and tells its attributes", async () => {
    const create = (QueueName: string, Attributes: Record<string, string>) =>
      client.send(new CreateQueueCommand({ QueueName, Attributes }));
    await expect(create("plain", { FifoQueue: "true" })).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await expect(create("named.fifo", {})).rejects.toMatchObject({ name: "InvalidParameterValue" });
    const { QueueUrl = "" } = await create("named.fifo", { FifoQueue: "true", DeduplicationScope: "messageGroup" });
    expect(await openQueueClient(client, QueueUrl).attributes()).toMatchObject({
      QueueArn: "arn:aws:sqs:us-east-1:000000000000:named.fifo",
      FifoQueue: "true",
      DeduplicationScope: "messageGroup",
      FifoThroughputLimit: "perQueue",
      ContentBasedDeduplication: "false",
      VisibilityTimeout: "30",
      MaximumMessageSize: "1048576",
    });
  });

  it("takes changed attributes, each only within its limits", async () => {
    const queue = newQueue();
    const set = (Attributes: Record<string, string>) =>
      client.send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes }));
    await set({ VisibilityTimeout: "43200" });
    expect(await queue.attributes()).toMatchObject({ VisibilityTimeout: "43200" });
    await expect(set({ VisibilityTimeout: "43201" })).rejects.toMatchObject({ name: "InvalidAttributeValue" });
    await expect(set({ Nonsense: "1" })).rejects.toMatchObject({ name: "InvalidAttributeName" });
    await expect(set({ FifoThroughputLimit: "perQueue" })).rejects.toMatchObject({ name: "InvalidAttributeName" });
    const fifo = { FifoQueue: "true", FifoThroughputLimit: "perMessageGroupId" };
    const create = new CreateQueueCommand({ QueueName: "limit.fifo", Attributes: fifo });
    await expect(client.send(create)).rejects.toMatchObject({ name: "InvalidAttributeValue" });
  });

  it("can be purged once a minute and deleted; one that is not there is said not to exist", async () => {
    const queue = newQueue();
    await queue.send("body");
    await client.send(new PurgeQueueCommand({ QueueUrl: queue.url }));
    expect(await queue.receive()).toEqual([]);
    await expect(client.send(new PurgeQueueCommand({ QueueUrl: queue.url }))).rejects.toMatchObject({
      name: "PurgeQueueInProgress",
    });
    await client.send(new DeleteQueueCommand({ QueueUrl: queue.url }));
    await expect(queue.send("body")).rejects.toMatchObject({
      name: "QueueDoesNotExist",
      Code: "AWS.SimpleQueueService.NonExistentQueue",
    });
  });
});

// Source: SQS API reference, SendMessage, SendMessageBatch, ReceiveMessage, ChangeMessageVisibility; quotas for messages.
describe("a request", () => {
  it("gives message attributes and the system attributes back by name", async () => {
    const queue = newQueue();
    await queue.send("grüße", undefined, {
      MessageAttributes: {
        kind: { DataType: "String", StringValue: "payment" },
        bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
      },
    });
    const [message] = await queue.receive({
      MessageSystemAttributeNames: ["SentTimestamp"],
      MessageAttributeNames: ["kind", "byt.*"],
    });
    expect(message?.Body).toBe("grüße");
    expect(Object.keys(message?.Attributes ?? {})).toEqual(["SentTimestamp"]);
    expect(message?.MessageAttributes).toEqual({
      kind: { DataType: "String", StringValue: "payment" },
      bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
    });
  });

  it("is refused above the queue's own limit for one message, above 1 MiB for a batch", async () => {
    const queue = newQueue({ MaximumMessageSize: "1024" });
    await queue.send("é".repeat(512));
    await expect(queue.send(`${"é".repeat(512)}x`)).rejects.toMatchObject({ name: "InvalidParameterValue" });
    const Entries = ["1", "2"].map((Id) => ({ Id, MessageBody: "x".repeat(524_289) }));
    const batch = new SendMessageBatchCommand({ QueueUrl: newQueue().url, Entries });
    await expect(client.send(batch)).rejects.toMatchObject({ name: "BatchRequestTooLong" });
  });

  it("is refused for a body that is empty or has characters outside the allowed set", async () => {
    const queue = newQueue();
    await expect(queue.send("")).rejects.toMatchObject({ name: "MissingParameter" });
    await expect(queue.send("bell \u0007")).rejects.toMatchObject({ name: "InvalidMessageContents" });
    await queue.send("tab\tand 💶");
  });

  it("for a batch has one to ten entries with distinct, plain ids", async () => {
    const queue = newQueue();
    const send = (ids: readonly string[]) =>
      client.send(
        new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: ids.map((Id) => ({ Id, MessageBody: Id })) }),
      );
    const many = Array.from({ length: 11 }, (_, index) => String(index));
    await expect(send([])).rejects.toMatchObject({ name: "EmptyBatchRequest" });
    await expect(send(many)).rejects.toMatchObject({ name: "TooManyEntriesInBatchRequest" });
    await expect(send(["1", "1"])).rejects.toMatchObject({ name: "BatchEntryIdsNotDistinct" });
    await expect(send(["a b"])).rejects.toMatchObject({ name: "InvalidBatchEntryId" });
    expect(await send(many.slice(1))).toMatchObject({ Successful: many.slice(1).map((Id) => ({ Id })) });
  });

  it("is refused for numbers out of range and for more than twelve hours in flight", async () => {
    const queue = newQueue();
    const refused = { name: "InvalidParameterValue" };
    await expect(queue.receive({ MaxNumberOfMessages: 11 })).rejects.toMatchObject(refused);
    await expect(queue.receive({ WaitTimeSeconds: 21 })).rejects.toMatchObject(refused);
    await queue.send("body");
    const [message] = await queue.receive();
    sqs.advance(10_000);
    await expect(queue.changeVisibility(message, 43_200)).rejects.toMatchObject(refused);
    await queue.changeVisibility(message, 43_100);
  });

  it("has to name its queue and a known operation", async () => {
    const ask = async (operation: string) => {
      const headers = { "x-amz-target": `AmazonSQS.${operation}` };
      const response = await fetch(sqs.endpoint, { method: "POST", headers, body: "{}" });
      return { status: response.status, body: await response.json(), old: response.headers.get("x-amzn-query-error") };
    };
    expect(await ask("SendMessage")).toMatchObject({
      status: 400,
      body: { __type: "com.amazon.coral.service#MissingRequiredParameterException" },
      old: null,
    });
    expect(await ask("toString")).toMatchObject({ status: 400, body: { __type: expect.stringMatching(/#Unknown/) } });
  });
});
