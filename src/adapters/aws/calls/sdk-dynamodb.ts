import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { DynamoDbCalls, DynamoDbOperations } from "./aws-calls.ts";
import { clientSettings, type SdkOptions, sdkCalls } from "./sdk-calls.ts";

/** DynamoDB through the SDK. Binary values are `Uint8Array`s. */
export function openDynamoDbCalls(options: SdkOptions = {}): DynamoDbCalls {
  const client = new DynamoDBClient(clientSettings(options));
  return sdkCalls<DynamoDbOperations>({
    GetItem: (input) => client.send(new GetItemCommand(input)),
    PutItem: (input) => client.send(new PutItemCommand(input)),
    UpdateItem: (input) => client.send(new UpdateItemCommand(input)),
    DeleteItem: (input) => client.send(new DeleteItemCommand(input)),
    Query: (input) => client.send(new QueryCommand(input)),
    Scan: (input) => client.send(new ScanCommand(input)),
  });
}
