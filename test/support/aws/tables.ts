import {
  CreateTableCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";

/** Key attributes of a table that differ from the usual ones. */
export interface KeyNames {
  readonly partition: string;
  /** Text; none unless given. */
  readonly sort?: string;
}

/** The events table: expiry, a stream with both images, the sparse index of what waits. */
export async function createEventsTable(
  client: DynamoDBClient,
  name: string,
  key: KeyNames = { partition: "webhook_id" },
): Promise<{ readonly streamArn: string }> {
  const texts = [key.partition, ...(key.sort === undefined ? [] : [key.sort]), "pending", "received_at"];
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [...new Set(texts)].map((text) => ({ AttributeName: text, AttributeType: "S" })),
      KeySchema: [
        { AttributeName: key.partition, KeyType: "HASH" },
        ...(key.sort === undefined ? [] : [{ AttributeName: key.sort, KeyType: "RANGE" } as const]),
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "pending-index",
          KeySchema: [
            { AttributeName: "pending", KeyType: "HASH" },
            { AttributeName: "received_at", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    }),
  );
  await untilThere(client, name);
  const expiry = { Enabled: true, AttributeName: "expiry_time" };
  await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: expiry }));
  return { streamArn: TableDescription?.LatestStreamArn as string };
}

/** The transactions table; in journal mode with a number `timestamp` as its sort key. */
export async function createTransactionsTable(
  client: DynamoDBClient,
  name: string,
  mode: "state" | "journal",
): Promise<void> {
  const journal = mode === "journal";
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "transactionId", AttributeType: "S" },
        ...(journal ? [{ AttributeName: "timestamp", AttributeType: "N" } as const] : []),
      ],
      KeySchema: [
        { AttributeName: "transactionId", KeyType: "HASH" },
        ...(journal ? [{ AttributeName: "timestamp", KeyType: "RANGE" } as const] : []),
      ],
    }),
  );
  await untilThere(client, name);
}

async function untilThere(client: DynamoDBClient, name: string): Promise<void> {
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1, maxDelay: 1 }, { TableName: name });
}
