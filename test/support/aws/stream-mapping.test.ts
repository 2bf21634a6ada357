import { DeleteItemCommand, DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDBRecord } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientSettings } from "./client-settings.ts";
import { isAvailable, type LocalDynamoDb, startDynamoDb, UNAVAILABLE } from "./dynamodb.ts";
import { type Discarded, openStreamMapping, type StreamMappingOptions } from "./stream-mapping.ts";
import { EXPIRY } from "./stream-record.ts";
import { createEventsTable } from "./tables.ts";

describe.skipIf(!isAvailable())(`the mapping of a table's stream${isAvailable() ? "" : ` (${UNAVAILABLE})`}`, () => {
  let emulator: LocalDynamoDb;
  let dynamodb: DynamoDBClient;
  let streams: DynamoDBStreamsClient;
  let tables = 0;

  beforeAll(async () => {
    emulator = await startDynamoDb();
    dynamodb = new DynamoDBClient(clientSettings(emulator.endpoint));
    streams = new DynamoDBStreamsClient(clientSettings(emulator.endpoint));
  });
  afterAll(async () => {
    dynamodb.destroy();
    streams.destroy();
    await emulator.stop();
  });

  async function given(
    ids: readonly string[],
    target: (ids: readonly string[], records: readonly DynamoDBRecord[]) => unknown,
    over: Partial<StreamMappingOptions> = {},
  ) {
    tables += 1;
    const TableName = `stream-mapping-${process.pid}-${tables}`;
    const { streamArn } = await createEventsTable(dynamodb, TableName);
    for (const id of ids) {
      const Item = { webhook_id: { S: id }, payload: { B: Buffer.from(id) } };
      await dynamodb.send(new PutItemCommand({ TableName, Item }));
    }
    const batches: string[] = [];
    const discarded: Discarded[] = [];
    const mapping = openStreamMapping({
      client: streams,
      streamArn,
      target: {
        async invoke(event) {
          const { Records } = event as { Records: readonly DynamoDBRecord[] };
          const names = Records.map(({ dynamodb }) => dynamodb?.Keys?.webhook_id?.S ?? "");
          batches.push(names.join(""));
          return target(names, Records);
        },
        logs: () => [],
        stop: async () => {},
      },
      onFailure: (each) => void discarded.push(each),
      ...over,
    });
    return { TableName, mapping, batches, discarded };
  }

  test("hands over every change in order, in Lambda's shape, but not one that changed nothing", async () => {
    const seen: DynamoDBRecord[] = [];
    const { TableName, mapping } = await given(["a"], (_, records) => void seen.push(...records), {
      identityOf: ({ eventName }) => (eventName === "REMOVE" ? EXPIRY : null),
    });
    const Key = { webhook_id: { S: "a" } };
    const values = { ":one": { N: "1" } };
    const update = { TableName, Key, UpdateExpression: "SET tries = :one", ExpressionAttributeValues: values };
    await dynamodb.send(new UpdateItemCommand(update));
    await dynamodb.send(new UpdateItemCommand(update));
    await dynamodb.send(new DeleteItemCommand({ TableName, Key }));
    await mapping.drain();
    expect(seen.map(({ eventName }) => eventName)).toEqual(["INSERT", "MODIFY", "REMOVE"]);
    expect(seen[0]).toEqual({
      eventID: expect.any(String),
      eventName: "INSERT",
      eventVersion: "1.1",
      eventSource: "aws:dynamodb",
      awsRegion: "us-east-1",
      eventSourceARN: expect.stringContaining(`table/${TableName}/stream/`),
      dynamodb: {
        ApproximateCreationDateTime: expect.toSatisfy((at: number) => Number.isInteger(at) && at < 1e10),
        Keys: Key,
        NewImage: { ...Key, payload: { B: "YQ==" } },
        SequenceNumber: expect.any(String),
        SizeBytes: expect.any(Number),
        StreamViewType: "NEW_AND_OLD_IMAGES",
      },
    });
    expect(seen[2]).toMatchObject({ userIdentity: EXPIRY, dynamodb: { OldImage: { tries: { N: "1" } } } });
    expect(seen[1]).not.toHaveProperty("userIdentity");
  });

  test("keeps to the batch size and reads on from where it was", async () => {
    const { mapping, batches } = await given(["a", "b", "c"], () => null, { batchSize: 2 });
    await mapping.drain();
    await mapping.drain();
    expect(batches).toEqual(["ab", "c"]);
  });

  test("begins again at the first record that was reported", async () => {
    let failing = true;
    const { mapping, batches, discarded } = await given(["a", "b", "c"], (_, records) => {
      const [, second, third] = records;
      if (!failing) return null;
      failing = false;
      const failures = [third, second].map((record) => ({ itemIdentifier: record?.dynamodb?.SequenceNumber }));
      return { batchItemFailures: failures };
    });
    await mapping.drain();
    expect(batches).toEqual(["abc", "bc"]);
    expect(discarded).toEqual([]);
  });

  test("halves a batch that throws until one record is left, tries that again and tells what it left behind", async () => {
    let poison: string | undefined;
    const { mapping, batches, discarded } = await given(
      ["a", "b", "c", "d"],
      (ids, records) => {
        if (!ids.includes("b")) return;
        poison = records[ids.indexOf("b")]?.dynamodb?.SequenceNumber;
        throw new Error("poison");
      },
      { maximumRetryAttempts: 2 },
    );
    await mapping.drain();
    expect(batches).toEqual(["abcd", "ab", "a", "b", "b", "b", "cd"]);
    expect(discarded).toEqual([
      { shardId: expect.any(String), startSequenceNumber: poison, endSequenceNumber: poison, batchSize: 1 },
    ]);
  });

  test("gives up a whole batch whose first record is reported again and again", async () => {
    const { mapping, batches, discarded } = await given(
      ["a", "b"],
      (_, [first]) => ({ batchItemFailures: [{ itemIdentifier: first?.dynamodb?.SequenceNumber }] }),
      { maximumRetryAttempts: 1 },
    );
    await mapping.drain();
    expect(batches).toEqual(["ab", "ab"]);
    expect(discarded).toMatchObject([{ batchSize: 2 }]);
  });
});
