import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openQueueClient, openSqsClient, type QueueClient } from "./queue-client.ts";
import { type RunningSqs, startSqs } from "./start-sqs.ts";

let sqs: RunningSqs;
let client: SQSClient;
let queues = 0;

beforeAll(async () => {
  let time = 1_700_000_000_000;
  // A clock that only moves when a test moves it, but never says the same time twice.
  sqs = await startSqs({ now: () => ++time });
  client = openSqsClient(sqs.endpoint);
});
afterAll(async () => {
  client.destroy();
  await sqs.stop();
});

function newQueue(attributes: Record<string, string> = {}): QueueClient {
  return openQueueClient(client, sqs.createQueue(`queue-${++queues}.fifo`, attributes).url);
}

// Source: SQS developer guide, "FIFO queue delivery logic".
describe("the order of a FIFO queue", () => {
  it("is strict within a group, one message after the other", async () => {
    const queue = newQueue();
    for (const body of ["a1", "a2", "a3"]) await queue.send(body, "a");
    const seen: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const [message] = await queue.receive({ MaxNumberOfMessages: 1 });
      seen.push(message?.Body ?? "");
      await queue.delete(message);
    }
    expect(seen).toEqual(["a1", "a2", "a3"]);
  });

  it("lets several messages of one group come in one batch, in order", async () => {
    const queue = newQueue();
    for (const body of ["a1", "b1", "a2", "a3", "b2"]) await queue.send(body, body.slice(0, 1));
    expect(await queue.bodies()).toEqual(["a1", "a2", "a3", "b1", "b2"]);
  });

  // Source: SQS developer guide, "Interleaving multiple ordered message groups".
  it("delivers nothing more of a group while one of its messages is in flight", async () => {
    const queue = newQueue();
    await queue.send("a1", "a");
    const [first] = await queue.receive();
    await queue.send("a2", "a");
    await queue.send("b1", "b");
    expect(await queue.bodies()).toEqual(["b1"]);
    await queue.delete(first);
    expect(await queue.bodies()).toEqual(["a2"]);
  });

  it("keeps a group closed until the last of a batch is deleted or visible again", async () => {
    const queue = newQueue();
    for (const body of ["a1", "a2", "a3"]) await queue.send(body, "a");
    const [first, second] = await queue.receive({ MaxNumberOfMessages: 2 });
    await queue.changeVisibility(first, 0);
    expect(await queue.bodies()).toEqual([]);
    await queue.changeVisibility(second, 0);
    expect(await queue.bodies()).toEqual(["a1", "a2", "a3"]);
  });

  // Source: SQS developer guide, "Visibility timeout".
  it("brings a message whose visibility timeout is over back before its followers", async () => {
    const queue = newQueue({ VisibilityTimeout: "30" });
    for (const body of ["a1", "a2"]) await queue.send(body, "a");
    expect(await queue.bodies({ MaxNumberOfMessages: 1 })).toEqual(["a1"]);
    sqs.advance(29_000);
    expect(await queue.bodies()).toEqual([]);
    sqs.advance(1_000);
    expect(await queue.bodies()).toEqual(["a1", "a2"]);
  });

  it("takes the visibility timeout of the request before that of the queue", async () => {
    const queue = newQueue({ VisibilityTimeout: "30" });
    await queue.send("a1", "a");
    await queue.receive({ VisibilityTimeout: 300 });
    sqs.advance(299_000);
    expect(await queue.bodies()).toEqual([]);
    sqs.advance(1_000);
    expect(await queue.bodies()).toEqual(["a1"]);
  });

  // Source: SQS API reference, ChangeMessageVisibility.
  it("makes a message visible at once when its visibility is changed to 0", async () => {
    const queue = newQueue();
    await queue.send("a1", "a");
    const [message] = await queue.receive();
    await queue.changeVisibility(message, 0);
    expect(await queue.bodies()).toEqual(["a1"]);
  });

  it("counts a changed visibility from the change, not from the receive", async () => {
    const queue = newQueue({ VisibilityTimeout: "60" });
    await queue.send("a1", "a");
    const [message] = await queue.receive();
    sqs.advance(15_000);
    await queue.changeVisibility(message, 120);
    sqs.advance(119_000);
    expect(await queue.bodies()).toEqual([]);
    sqs.advance(1_000);
    expect(await queue.bodies()).toEqual(["a1"]);
  });

  // Source: SQS API reference, ReceiveMessage, `ApproximateReceiveCount` and `ApproximateFirstReceiveTimestamp`.
  it("raises the receive count with every receive and keeps the time of the first", async () => {
    const queue = newQueue({ VisibilityTimeout: "0" });
    await queue.send("a1", "a");
    const counts: (string | undefined)[] = [];
    const firsts = new Set<string | undefined>();
    for (let turn = 0; turn < 3; turn += 1) {
      const [message] = await queue.receive();
      counts.push(message?.Attributes?.ApproximateReceiveCount);
      firsts.add(message?.Attributes?.ApproximateFirstReceiveTimestamp);
    }
    expect(counts).toEqual(["1", "2", "3"]);
    expect(firsts.size).toBe(1);
    expect(sqs.messages(queue.url)).toMatchObject([{ receiveCount: 3, state: "visible" }]);
  });

  it("does not let one long group starve the others", async () => {
    const queue = newQueue();
    for (let index = 0; index < 12; index += 1) await queue.send(`long${index}`, "long");
    await queue.send("short0", "short");
    const first = await queue.receive();
    expect(new Set(first.map(({ Attributes }) => Attributes?.MessageGroupId))).toEqual(new Set(["long"]));
    await queue.delete(...first);
    expect((await queue.bodies()).slice(0, 2)).toEqual(["short0", "long10"]);
  });

  // Source: SQS developer guide, "FIFO queue key terms" (sequence number).
  it("numbers its messages in the order of sending, with twenty digits", async () => {
    const queue = newQueue();
    const numbers = [await queue.send("a1", "a"), await queue.send("b1", "b"), await queue.send("a2", "a")].map(
      ({ SequenceNumber }) => SequenceNumber ?? "",
    );
    expect(numbers).toEqual([...numbers].sort());
    expect(new Set(numbers).size).toBe(3);
    expect(numbers.every((number) => /^\d{20}$/.test(number))).toBe(true);
  });

  it("delays a whole queue, never one message", async () => {
    const queue = newQueue({ DelaySeconds: "10" });
    await queue.send("a1", "a");
    expect(await queue.bodies()).toEqual([]);
    sqs.advance(10_000);
    expect(await queue.bodies()).toEqual(["a1"]);
    await expect(queue.send("a2", "a", { DelaySeconds: 5 })).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });
});

// Source: SQS developer guide, "Exactly-once processing" and "FIFO queue key terms" (message deduplication ID).
describe("the deduplication of a FIFO queue", () => {
  it("drops a second message of the same id and answers with the first one's numbers", async () => {
    const queue = newQueue();
    const first = await queue.send("body", "a", { MessageDeduplicationId: "same" });
    expect(await queue.send("another body", "a", { MessageDeduplicationId: "same" })).toEqual(first);
    expect(await queue.bodies()).toEqual(["body"]);
  });

  it("lasts five minutes from the first send, however many duplicates come in between", async () => {
    const queue = newQueue();
    const first = await queue.send("body", "a");
    sqs.advance(299_000);
    expect(await queue.send("body", "a")).toEqual(first);
    sqs.advance(1_000);
    expect(await queue.send("body", "a")).not.toEqual(first);
    expect(await queue.bodies()).toEqual(["body", "body"]);
  });

  it("goes on after the message was received and deleted, and after a purge", async () => {
    const queue = newQueue();
    const first = await queue.send("body", "a");
    await queue.delete(...(await queue.receive()));
    expect(await queue.send("body", "a")).toEqual(first);
    sqs.purge(queue.url);
    expect(await queue.send("body", "a")).toEqual(first);
    expect(sqs.messages(queue.url)).toEqual([]);
  });

  // Source: SQS API reference, CreateQueue, `DeduplicationScope`; developer guide, "High throughput for FIFO queues".
  it("holds for the whole queue, or for each group where the queue says so", async () => {
    const whole = newQueue();
    for (const group of ["a", "b"]) await whole.send(group, group, { MessageDeduplicationId: "same" });
    expect(await whole.bodies()).toEqual(["a"]);
    const perGroup = newQueue({ DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" });
    for (const group of ["a", "b"]) await perGroup.send(group, group, { MessageDeduplicationId: "same" });
    await perGroup.send("again", "a", { MessageDeduplicationId: "same" });
    expect(await perGroup.bodies()).toEqual(["a", "b"]);
  });

  it("goes by the body alone where the queue has content-based deduplication, unless an id is given", async () => {
    const queue = newQueue({ ContentBasedDeduplication: "true" });
    const plain = { MessageDeduplicationId: undefined };
    const first = await queue.send("body", "a", plain);
    expect(await queue.send("body", "b", plain)).toEqual(first);
    await queue.send("body", "b", { MessageDeduplicationId: "own" });
    expect((await queue.receive()).map(({ Attributes }) => Attributes?.MessageDeduplicationId)).toEqual([
      "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5",
      "own",
    ]);
  });

  it("refuses a message without group or without deduplication id", async () => {
    const queue = newQueue();
    await expect(queue.send("body")).rejects.toMatchObject({ name: "MissingParameter" });
    await expect(queue.send("body", "a", { MessageDeduplicationId: undefined })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
    await expect(queue.send("body", "a", { MessageDeduplicationId: "x".repeat(129) })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
    expect(sqs.messages(queue.url)).toEqual([]);
  });
});

// Source: SQS developer guide, "InvalidParameterValue and ReceiptHandleIsInvalid errors".
describe("a receipt handle of a FIFO queue", () => {
  it("expires with the visibility timeout", async () => {
    const queue = newQueue({ VisibilityTimeout: "30" });
    await queue.send("a1", "a");
    const [message] = await queue.receive();
    sqs.advance(30_000);
    const expired = { name: "InvalidParameterValue", message: expect.stringContaining("receipt handle has expired") };
    await expect(queue.delete(message)).rejects.toMatchObject(expired);
    await expect(queue.changeVisibility(message, 10)).rejects.toMatchObject(expired);
    const [again] = await queue.receive();
    await expect(queue.delete(message)).rejects.toMatchObject(expired);
    await queue.delete(again);
    expect(sqs.messages(queue.url)).toEqual([]);
  });

  it("may be used for a second deletion, but for no change of a message that is gone", async () => {
    const queue = newQueue();
    await queue.send("a1", "a");
    const [message] = await queue.receive();
    await queue.delete(message, message);
    await expect(queue.changeVisibility(message, 10)).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });

  it("is refused when no receive of this queue gave it", async () => {
    const [one, other] = [newQueue(), newQueue()];
    await one.send("a1", "a");
    const [message] = await one.receive();
    for (const handle of [message, { ReceiptHandle: "nonsense" }]) {
      await expect(other.delete(handle)).rejects.toMatchObject({ name: "ReceiptHandleIsInvalid" });
    }
  });
});

// Source: Lambda developer guide, "Using Lambda with Amazon SQS"; SQS API reference, the operations for batches.
describe("a consumer of batches", () => {
  it("gets up to ten messages of many groups, each group in order", async () => {
    const queue = newQueue();
    const entries = Array.from({ length: 10 }, (_, index) => {
      const group = `g${index % 6}`;
      const body = `${group}-${Math.floor(index / 6)}`;
      return { Id: String(index), MessageBody: body, MessageGroupId: group, MessageDeduplicationId: body };
    });
    await client.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: entries }));
    await queue.send("g0-2", "g0");
    expect(await queue.bodies()).toEqual([
      "g0-0",
      "g0-1",
      "g0-2",
      "g1-0",
      "g1-1",
      "g2-0",
      "g2-1",
      "g3-0",
      "g3-1",
      "g4-0",
    ]);
    expect(await queue.bodies()).toEqual(["g5-0"]);
  });

  it("deletes what succeeded; what failed comes back with its followers, in order and after its own delay", async () => {
    const queue = newQueue({ VisibilityTimeout: "300" });
    for (const body of ["a1", "b1", "a2", "c1"]) await queue.send(body, body.slice(0, 1));
    const batch = await queue.receive();
    const entries = (failed: boolean) =>
      batch
        .filter(({ Attributes }) => (Attributes?.MessageGroupId === "a") === failed)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    const Entries = entries(true).map((entry) => ({ ...entry, VisibilityTimeout: 30 }));
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queue.url, Entries }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: entries(false) }));
    sqs.advance(29_000);
    expect(await queue.bodies()).toEqual([]);
    sqs.advance(1_000);
    expect(await queue.bodies()).toEqual(["a1", "a2"]);
  });

  it("hears of each entry that is refused, and the others go through", async () => {
    const queue = newQueue({ VisibilityTimeout: "30" });
    for (const body of ["a1", "b1"]) await queue.send(body, body.slice(0, 1));
    const [old] = await queue.receive({ MaxNumberOfMessages: 1 });
    sqs.advance(30_000);
    const [fresh] = await queue.receive({ MaxNumberOfMessages: 1 });
    const Entries = [old, fresh, { ReceiptHandle: "nonsense" }].map((each, index) => ({
      Id: String(index),
      ReceiptHandle: each?.ReceiptHandle,
    }));
    const answer = await client.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries }));
    expect(answer.Successful).toEqual([{ Id: "1" }]);
    expect(answer.Failed).toMatchObject([
      { Id: "0", Code: "ReceiptHandleIsInvalid", SenderFault: true },
      { Id: "2", Code: "ReceiptHandleIsInvalid", SenderFault: true },
    ]);
  });
});
