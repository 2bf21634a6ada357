import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DynamoDbCalls } from "../../../src/adapters/aws/calls/aws-calls.ts";
import { openDynamoDbCalls } from "../../../src/adapters/aws/calls/sdk-dynamodb.ts";
import { CREDENTIALS, clientSettings, REGION } from "../../support/aws/client-settings.ts";
import { startDynamoDb } from "../../support/aws/dynamodb.ts";
import { createEventsTable, createTransactionsTable } from "../../support/aws/tables.ts";

/** Tables of their own on one DynamoDB, and the calls as a function makes them. */
export interface TestTables {
  readonly calls: DynamoDbCalls;
  /** Creates a table and gives its name. */
  create(kind: "events" | "state" | "journal"): Promise<string>;
  stop(): Promise<void>;
}

export async function startTables(): Promise<TestTables> {
  process.env.AWS_ACCESS_KEY_ID = CREDENTIALS.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = CREDENTIALS.secretAccessKey;
  const { endpoint, stop } = await startDynamoDb();
  const client = new DynamoDBClient(clientSettings(endpoint));
  let tables = 0;
  return {
    calls: openDynamoDbCalls({ endpoint, region: REGION }),
    async create(kind) {
      const name = `${kind}-${process.pid}-${Date.now()}-${++tables}`;
      if (kind === "events") await createEventsTable(client, name);
      else await createTransactionsTable(client, name, kind);
      return name;
    },
    async stop() {
      client.destroy();
      await stop();
    },
  };
}
