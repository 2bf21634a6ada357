import {
  CreateQueueCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openQueueClient, openSqsClient, type QueueClient } from "./queue-client.ts";
import { type RunningSqs, startSqs } from "./start-sqs.ts";

let sqs: RunningSqs;
let client: SQSClient;
let pairs = 0;

beforeAll(async () => {
  let time = 1_700_000_000_000;
  sqs = await startSqs({ now: () => ++time });
  client = openSqsClient(sqs.endpoint);
});
afterAll(async () => {
  client.destroy();
  await sqs.stop();
});

interface Pair {
  readonly source: QueueClient;
  readonly sourceArn: string;
  readonly dead: QueueClient;
  readonly deadArn: string;
}

function newPair(
  end: ".fifo" | "",
  more: { source?: Record<string, string>; dead?: Record<string, string> } = {},
): Pair {
  const number = ++pairs;
  const dead = sqs.createQueue(`dead-${number}${end}`, more.dead);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
  const source = sqs.createQueue(`source-${number}${end}`, { VisibilityTimeout: "0", RedrivePolicy, ...more.source });
  return {
    source: openQueueClient(client, source.url),
    sourceArn: source.arn,
    dead: openQueueClient(client, dead.url),
    deadArn: dead.arn,
  };
}

// Source: SQS developer guide, "Using dead-letter queues in Amazon SQS".
describe("a dead-letter queue", () => {
  it("gets a message at the receive after the last that maxReceiveCount allows; its followers then come", async () => {
    const { source, dead } = newPair(".fifo");
    await source.send("a1", "a");
    await source.send("a2", "a");
    for (let turn = 0; turn < 2; turn += 1) expect(await source.bodies({ MaxNumberOfMessages: 1 })).toEqual(["a1"]);
    expect(sqs.messages(dead.url)).toEqual([]);
    expect(await source.bodies()).toEqual(["a2"]);
    expect(await dead.bodies()).toEqual(["a1"]);
  });

  // Source: developer guide, "Configure a dead-letter queue redrive"; API reference, ReceiveMessage.
  it("keeps id, group, sending time, trace and receive count, and names the source; the id deduplicates it", async () => {
    const { source, sourceArn, dead } = newPair(".fifo");
    const trace = { AWSTraceHeader: { DataType: "String", StringValue: "Root=1-5759e988-bd862e3fe1be46a994272793" } };
    const { MessageId = "" } = await source.send("a1", "a", { MessageSystemAttributes: trace });
    const [before] = await source.receive();
    await source.receive();
    expect(await source.receive()).toEqual([]);
    const [after] = await dead.receive();
    expect(after?.MessageId).toBe(MessageId);
    expect(after?.Attributes).toEqual({
      ...before?.Attributes,
      ApproximateReceiveCount: "3",
      MessageDeduplicationId: MessageId,
      DeadLetterQueueSourceArn: sourceArn,
    });
    expect(after?.Attributes?.AWSTraceHeader).toBe(trace.AWSTraceHeader.StringValue);
  });

  it("keeps both of two messages that had the same deduplication id", async () => {
    const { source, dead } = newPair(".fifo", { source: { DeduplicationScope: "messageGroup" } });
    for (const group of ["a", "b"]) await source.send(group, group, { MessageDeduplicationId: "same" });
    for (let turn = 0; turn < 3; turn += 1) await source.receive();
    expect(await dead.bodies()).toEqual(["a", "b"]);
  });

  // Source: developer guide, "Setting-up dead-letter queue retention".
  it("counts the retention of a FIFO message from the move, of a standard message from the sending", async () => {
    const day = 86_400;
    const retention = {
      source: { MessageRetentionPeriod: String(4 * day) },
      dead: { MessageRetentionPeriod: String(4 * day) },
    };
    const [fifo, standard] = [newPair(".fifo", retention), newPair("", retention)];
    await fifo.source.send("a1", "a");
    await standard.source.send("a1");
    for (const { source } of [fifo, standard]) for (let turn = 0; turn < 2; turn += 1) await source.receive();
    sqs.advance(3 * day * 1_000);
    for (const { source } of [fifo, standard]) expect(await source.receive()).toEqual([]);
    sqs.advance(2 * day * 1_000);
    expect(sqs.messages(standard.dead.url)).toEqual([]);
    expect(sqs.messages(fifo.dead.url)).toHaveLength(1);
    sqs.advance(2 * day * 1_000);
    expect(sqs.messages(fifo.dead.url)).toEqual([]);
  });

  it("has to exist and to be of the same type as its source, and the count has to be 1 to 1,000", async () => {
    const { arn } = sqs.createQueue(`plain-${++pairs}`);
    const fifo = sqs.createQueue(`ordered-${pairs}.fifo`);
    const create = (QueueName: string, deadLetterTargetArn: string, maxReceiveCount: number) => {
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
      const Attributes = QueueName.endsWith(".fifo") ? { FifoQueue: "true", RedrivePolicy } : { RedrivePolicy };
      return client.send(new CreateQueueCommand({ QueueName, Attributes }));
    };
    const refused = { name: "InvalidParameterValue" };
    await expect(create("x.fifo", arn, 3)).rejects.toMatchObject(refused);
    await expect(create("x", fifo.arn, 3)).rejects.toMatchObject(refused);
    await expect(create("x", `${arn}-missing`, 3)).rejects.toMatchObject(refused);
    await expect(create("x", arn, 0)).rejects.toMatchObject(refused);
    await expect(create("x", arn, 1_001)).rejects.toMatchObject(refused);
    await expect(create("x", arn, 1_000)).resolves.toMatchObject({ QueueUrl: expect.stringMatching(/\/x$/) });
  });

  it("knows the queues that it serves", async () => {
    const { source, dead } = newPair(".fifo");
    const { queueUrls } = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead.url }));
    expect(queueUrls).toEqual([source.url]);
  });
});

// Source: SQS API reference, StartMessageMoveTask and ListMessageMoveTasks.
describe("a move task", () => {
  it("puts the dead letters back into their source in order, each as a new message of its group", async () => {
    const { source, dead, deadArn } = newPair(".fifo");
    const first = await source.send("a1", "a");
    await source.send("a2", "a");
    for (let turn = 0; turn < 3; turn += 1) await source.receive();
    const { TaskHandle } = await client.send(new StartMessageMoveTaskCommand({ SourceArn: deadArn }));
    expect(TaskHandle).toBeTruthy();
    expect(sqs.messages(dead.url)).toEqual([]);
    const [back, follower] = await source.receive({ VisibilityTimeout: 30 });
    expect([back?.Body, follower?.Body]).toEqual(["a1", "a2"]);
    expect(back?.MessageId).not.toBe(first.MessageId);
    expect(back?.Attributes).toMatchObject({ MessageGroupId: "a", ApproximateReceiveCount: "1" });
    expect(back?.Attributes).not.toHaveProperty("DeadLetterQueueSourceArn");
    const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn: deadArn }));
    expect(Results).toMatchObject([
      { Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 2, ApproximateNumberOfMessagesToMove: 2 },
    ]);
  });

  // Source: developer guide, "Troubleshooting dead-letter queue and DLQ redrive issues".
  it("fails at a message that was sent to the dead-letter queue itself, unless a destination is named", async () => {
    const { source, sourceArn, dead, deadArn } = newPair(".fifo");
    await dead.send("direct", "a");
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: deadArn }));
    const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn: deadArn }));
    expect(Results).toMatchObject([{ Status: "FAILED", FailureReason: "CouldNotDetermineMessageSource" }]);
    expect(sqs.messages(dead.url)).toHaveLength(1);
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: deadArn, DestinationArn: sourceArn }));
    expect(await source.bodies()).toEqual(["direct"]);
  });

  it("leaves a group alone that has a message in flight", async () => {
    const { source, dead, deadArn } = newPair(".fifo");
    for (const body of ["a1", "b1", "a2"]) await source.send(body, body.slice(0, 1));
    for (let turn = 0; turn < 3; turn += 1) await source.receive();
    expect(await dead.bodies({ MaxNumberOfMessages: 1 })).toEqual(["a1"]);
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: deadArn }));
    expect(await source.bodies()).toEqual(["b1"]);
    expect(sqs.messages(dead.url).map(({ body }) => body)).toEqual(["a1", "a2"]);
  });

  it("starts only at a queue that is there and is a dead-letter queue, towards one of the same type", async () => {
    const { sourceArn, deadArn } = newPair(".fifo");
    const { arn: standardArn } = sqs.createQueue(`plain-${++pairs}`);
    const start = (SourceArn: string, DestinationArn?: string) =>
      client.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
    await expect(start(`${deadArn}-missing`)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(start(sourceArn)).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await expect(start(deadArn, standardArn)).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });
});
