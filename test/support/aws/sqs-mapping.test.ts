import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { SQSRecord } from "aws-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clientSettings } from "./client-settings.ts";
import type { Invocable } from "./invocable.ts";
import { type RunningSqs, startSqs } from "./sqs/start-sqs.ts";
import { openSqsMapping, type SqsMappingOptions } from "./sqs-mapping.ts";

let sqs: RunningSqs;
let client: SQSClient;
let queues = 0;

beforeAll(async () => {
  sqs = await startSqs();
  client = new SQSClient(clientSettings(sqs.endpoint));
});
afterAll(async () => {
  client.destroy();
  await sqs.stop();
});

/** A queue with these bodies, each in a group of its own unless one is named after a colon, and a mapping of it. */
async function given(
  bodies: readonly string[],
  target: (records: readonly SQSRecord[]) => unknown,
  over: Partial<SqsMappingOptions> = {},
) {
  queues += 1;
  const deadLetters = sqs.createQueue(`dead-${queues}.fifo`);
  const queue = sqs.createQueue(`queue-${queues}.fifo`, {
    VisibilityTimeout: "300",
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 3 }),
  });
  for (const body of bodies) {
    const [, group = body] = body.split(":");
    await client.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: body,
        MessageAttributes: { kind: { DataType: "String", StringValue: "test" } },
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1" } },
      }),
    );
  }
  const function_: Invocable = {
    invoke: async (event) => target((event as { Records: readonly SQSRecord[] }).Records),
    logs: () => [],
    stop: async () => {},
  };
  return {
    mapping: openSqsMapping({ client, queue, target: function_, ...over }),
    left: () => sqs.messages(queue.url).map(({ body, state }) => `${body} ${state}`),
    dead: () => sqs.messages(deadLetters.url).map(({ body }) => body),
  };
}

function report(...ids: readonly unknown[]) {
  return { batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) };
}

test("a record has Lambda's shape", async () => {
  let seen: readonly SQSRecord[] = [];
  const { mapping } = await given(["a"], (records) => {
    seen = records;
  });
  expect(await mapping.poll()).toBe(1);
  expect(seen).toEqual([
    {
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      receiptHandle: expect.any(String),
      body: "a",
      attributes: {
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        ApproximateReceiveCount: "1",
        AWSTraceHeader: "Root=1",
        MessageDeduplicationId: "a",
        MessageGroupId: "a",
        SenderId: expect.any(String),
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SequenceNumber: expect.stringMatching(/^\d{20}$/),
      },
      messageAttributes: {
        kind: { dataType: "String", stringValue: "test", stringListValues: [], binaryListValues: [] },
      },
      md5OfBody: "0cc175b9c0f1b6a831c399e269772661",
      eventSource: "aws:sqs",
      eventSourceARN: expect.stringMatching(/^arn:aws:sqs:us-east-1:000000000000:queue-\d+\.fifo$/),
      awsRegion: "us-east-1",
    },
  ]);
});

test("what succeeded is deleted, and what was reported stays in flight", async () => {
  const { mapping, left } = await given(["a", "b", "c"], ([, second]) => report(second?.messageId));
  expect(await mapping.poll()).toBe(3);
  expect(left()).toEqual(["b in flight"]);
});

test.each([
  ["nothing", () => undefined],
  ["null", () => null],
  ["an empty report", () => report()],
  ["no list", () => ({ batchItemFailures: null })],
  ["another key", ([first]: readonly SQSRecord[]) => ({ failed: [first?.messageId] })],
])("a function that gives %s has taken all of its batch", async (_, target) => {
  const { mapping, left } = await given(["a", "b"], target);
  await mapping.poll();
  expect(left()).toEqual([]);
});

test.each([
  ["throws", () => Promise.reject(new Error("no"))],
  ["reports an unknown id", ([first]: readonly SQSRecord[]) => report(first?.messageId, "another")],
  ["reports an empty id", () => report("")],
  ["reports null", () => report(null)],
  [
    "reports under a wrong name",
    ([first]: readonly SQSRecord[]) => ({ batchItemFailures: [{ id: first?.messageId }] }),
  ],
  ["gives a text", () => "ok"],
])("a function that %s has taken nothing of its batch", async (_, target) => {
  const { mapping, left } = await given(["a", "b"], target);
  await mapping.poll();
  expect(left()).toEqual(["a in flight", "b in flight"]);
});

test("a batch has ten messages at most", async () => {
  const sizes: number[] = [];
  const bodies = Array.from({ length: 12 }, (_, index) => `m${index}`);
  const { mapping } = await given(bodies, (records) => void sizes.push(records.length));
  await mapping.drain();
  expect(sizes).toEqual([10, 2]);
});

test("draining goes on through visibility timeouts until the queue gives a message up", async () => {
  const tries: string[] = [];
  const { mapping, left, dead } = await given(["bad:g", "good:h"], (records) => {
    tries.push(...records.map(({ body }) => body));
    return report(...records.filter(({ body }) => body === "bad:g").map(({ messageId }) => messageId));
  });
  await mapping.drain({ whenAllWait: () => sqs.advance(300_000) });
  expect(tries.sort()).toEqual(["bad:g", "bad:g", "bad:g", "good:h"]);
  expect(left()).toEqual([]);
  expect(dead()).toEqual(["bad:g"]);
});

test("draining ends with an error when messages are left at the end of its time", async () => {
  const { mapping } = await given(["a"], () => Promise.reject(new Error("no")));
  await expect(mapping.drain({ limitMs: 60 })).rejects.toThrow("1 messages are left");
});

test("as many invocations run at a time as the mapping may start, and no more", async () => {
  let running = 0;
  let most = 0;
  const slow = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 20));
    running -= 1;
  };
  const bodies = ["a", "b", "c", "d", "e"];
  const { mapping, left } = await given(bodies, slow, { batchSize: 1, maximumConcurrency: 2 });
  await mapping.drain();
  expect(most).toBe(2);
  expect(left()).toEqual([]);
});

test("polling beside the test takes what arrives, and tells of its own faults when it is stopped", async () => {
  const { mapping, left } = await given(["a", "b"], () => undefined);
  const polling = mapping.start();
  await expect.poll(left, { interval: 5 }).toEqual([]);
  await polling.stop();
  const broken = openSqsMapping({
    client,
    queue: { url: `${sqs.endpoint}/000000000000/none.fifo`, arn: "arn:aws:sqs:us-east-1:000000000000:none.fifo" },
    target: { invoke: async () => null, logs: () => [], stop: async () => {} },
  });
  await expect(broken.start().stop()).rejects.toThrow("does not exist");
});
