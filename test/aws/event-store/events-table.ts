import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DynamoDbCalls, Item } from "../../../src/adapters/aws/calls/aws-calls.ts";
import { openDynamoDbCalls } from "../../../src/adapters/aws/calls/sdk-dynamodb.ts";
import { DEFAULT_KEY, type TableKey } from "../../../src/adapters/aws/dynamodb/event-key.ts";
import { CREDENTIALS, clientSettings, REGION } from "../../support/aws/client-settings.ts";
import { startDynamoDb } from "../../support/aws/dynamodb.ts";

export interface TestDynamoDb {
  readonly calls: DynamoDbCalls;
  /** A table of events of its own, with this key. */
  createTable(key?: TableKey): Promise<string>;
  stop(): Promise<void>;
}

export async function startEventsDynamoDb(): Promise<TestDynamoDb> {
  const emulator = await startDynamoDb();
  const { endpoint } = emulator;
  const client = new DynamoDBClient(clientSettings(endpoint));
  let tables = 0;
  return {
    calls: openDynamoDbCalls({ endpoint, region: REGION, credentials: CREDENTIALS }),
    async createTable(key = DEFAULT_KEY) {
      const TableName = `events-${process.pid}-${Date.now()}-${++tables}`;
      await client.send(new CreateTableCommand({ TableName, BillingMode: "PAY_PER_REQUEST", ...schemaOf(key) }));
      return TableName;
    },
    async stop() {
      client.destroy();
      await emulator.stop();
    },
  };
}

function schemaOf({ partition, sort }: TableKey) {
  const [hash, range] = ["HASH", "RANGE"] as const;
  const texts = [partition, "pending", "received_at"];
  const pending = [
    { AttributeName: "pending", KeyType: hash },
    { AttributeName: "received_at", KeyType: range },
  ];
  return {
    AttributeDefinitions: [
      ...texts.map((AttributeName) => ({ AttributeName, AttributeType: "S" as const })),
      ...(sort === null ? [] : [{ AttributeName: sort.name, AttributeType: sort.type }]),
    ],
    KeySchema: [
      { AttributeName: partition, KeyType: hash },
      ...(sort === null ? [] : [{ AttributeName: sort.name, KeyType: range }]),
    ],
    GlobalSecondaryIndexes: [
      { IndexName: "pending-index", KeySchema: pending, Projection: { ProjectionType: "KEYS_ONLY" as const } },
    ],
  };
}

/** Write units that the calls took, of the table and of its index. */
export interface Meter {
  readonly calls: DynamoDbCalls;
  /** Since the last time it was read. */
  read(): { readonly requests: readonly string[]; readonly table: number; readonly index: number };
}

export function meter(calls: DynamoDbCalls): Meter {
  let [requests, table, index] = [[] as string[], 0, 0];
  return {
    calls: async (operation, input) => {
      const answer = await calls(operation, { ...input, ReturnConsumedCapacity: "INDEXES" });
      requests.push(operation);
      const used = answer.ConsumedCapacity;
      table += used?.Table?.CapacityUnits ?? 0;
      for (const one of Object.values(used?.GlobalSecondaryIndexes ?? {})) index += one.CapacityUnits ?? 0;
      return answer;
    },
    read() {
      const found = { requests, table, index };
      [requests, table, index] = [[], 0, 0];
      return found;
    },
  };
}

/** Every call of this operation takes effect, its answer is lost, and it is made a second time, as the SDK would. */
export function losingAnswers(lost: "PutItem" | "UpdateItem"): (calls: DynamoDbCalls) => DynamoDbCalls {
  return (calls) => async (operation, input) => {
    if (operation === lost) await calls(operation, input);
    return calls(operation, input);
  };
}

/** Bytes of an item as DynamoDB counts them: names and values, in UTF-8. */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: Item[string]): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.replace(/\D/g, "").length / 2) + 1;
  if (value.B !== undefined) return value.B.byteLength;
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.L !== undefined) return 3 + value.L.reduce((sum, one) => sum + 1 + valueBytes(one), 0);
  if (value.M !== undefined) return 3 + itemBytes(value.M) + Object.keys(value.M).length;
  throw new Error("The event table has no such attribute.");
}
