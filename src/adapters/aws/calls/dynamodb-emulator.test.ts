import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { DynamoDbCalls } from "./aws-calls.ts";
import { openLightCalls } from "./light-calls.ts";
import { openDynamoDbCalls } from "./sdk-dynamodb.ts";

const binary = fileURLToPath(
  new URL(`../../../../node_modules/@dynoxide/${process.platform}-${process.arch}/dynoxide`, import.meta.url),
);
const configured = process.env.AWS_ENDPOINT_URL_DYNAMODB;
const available = configured !== undefined || existsSync(binary);
const title = available
  ? "against a DynamoDB emulator"
  : "skipped: no DynamoDB emulator for this platform, set AWS_ENDPOINT_URL_DYNAMODB";

const region = "us-east-1";
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secretsecret" };
const TableName = `calls-${process.pid}`;
const BYTES = new Uint8Array([0, 250, 255]);

describe.runIf(available)(title, () => {
  let emulator: ChildProcess | undefined;
  let endpoint = configured ?? "";
  let client: DynamoDBClient;

  beforeAll(async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
    if (configured === undefined) {
      const port = await freePort();
      endpoint = `http://127.0.0.1:${port}`;
      emulator = spawn(binary, ["serve", "--port", String(port)], { stdio: "ignore" });
    }
    client = new DynamoDBClient({ region, endpoint, maxAttempts: 1 });
    await createTable(client);
  });
  afterAll(async () => {
    await client.send(new DeleteTableCommand({ TableName }));
    client.destroy();
    emulator?.kill("SIGKILL");
    vi.unstubAllEnvs();
  });

  test("the SDK's client and the light one give the same outputs and the same errors", async () => {
    const theirs = await script(openDynamoDbCalls({ region, endpoint }));
    const ours = await script(
      openLightCalls({ service: "dynamodb", region, endpoint, credentials: () => credentials }),
    );
    expect(ours).toEqual(theirs);
    expect(ours).toMatchObject([
      { ConsumedCapacity: { CapacityUnits: 1 } },
      { name: "ConditionalCheckFailedException", Item: { payload: { B: BYTES }, B: { M: { B: { BS: [BYTES] } } } } },
      { Attributes: { tries: { N: "1" }, payload: { B: BYTES } } },
      { Item: { payload: { B: BYTES }, list: { L: [{ B: BYTES }, { S: "ü" }] } } },
      { Count: 1, Items: [{ id: { S: "a" } }] },
      { Count: 1, ScannedCount: 1 },
      { Attributes: { B: { M: { B: { BS: [BYTES] } } } } },
      {},
      { name: "ValidationException" },
      { name: "ResourceNotFoundException" },
    ]);
  });
});

/** Every operation once, errors among them; what each gave. Leaves the table as it was. */
async function script(dynamo: DynamoDbCalls): Promise<unknown[]> {
  const Key = { id: { S: "a" } };
  const Item = {
    ...Key,
    payload: { B: BYTES },
    B: { M: { B: { BS: [BYTES] } } },
    list: { L: [{ B: BYTES }, { S: "ü" }] },
  };
  const put = {
    TableName,
    Item,
    ConditionExpression: "attribute_not_exists(id)",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  } as const;
  const query = {
    TableName,
    KeyConditionExpression: "id = :id AND begins_with(id, :id)",
    ExpressionAttributeValues: { ":id": { S: "a" } },
  };
  const calls = [
    () => dynamo("PutItem", { ...put, ReturnConsumedCapacity: "TOTAL" }),
    () => dynamo("PutItem", put),
    () =>
      dynamo("UpdateItem", {
        TableName,
        Key,
        UpdateExpression: "ADD tries :one",
        ConditionExpression: "payload = :payload",
        ExpressionAttributeValues: { ":one": { N: "1" }, ":payload": { B: BYTES } },
        ReturnValues: "ALL_NEW",
      }),
    () => dynamo("GetItem", { TableName, Key, ConsistentRead: true }),
    () => dynamo("Query", { ...query, KeyConditionExpression: "id = :id" }),
    () => dynamo("Scan", { TableName, Limit: 1 }),
    () => dynamo("DeleteItem", { TableName, Key, ReturnValues: "ALL_OLD" }),
    () => dynamo("GetItem", { TableName, Key }),
    () => dynamo("Query", query),
    () => dynamo("GetItem", { TableName: "none", Key }),
  ];
  const results: unknown[] = [];
  for (const call of calls) results.push(await call().then(output, fault));
  return results;
}

function output({ $metadata: _, ...rest }: { $metadata: unknown }): object {
  return rest;
}

function fault({ name, message, Item }: Error & { readonly Item?: object }): object {
  return { name, message, Item };
}

async function createTable(client: DynamoDBClient): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await client.send(
        new CreateTableCommand({
          TableName,
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          BillingMode: "PAY_PER_REQUEST",
        }),
      );
      return;
    } catch (error) {
      // The emulator does not listen yet.
      if (tries === 200 || (error as NodeJS.ErrnoException).code !== "ECONNREFUSED") throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No free port.");
  return address.port;
}
