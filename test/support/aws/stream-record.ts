import type { _Record as StreamsRecord } from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDBRecord } from "aws-lambda";
import { REGION } from "./client-settings.ts";

/** Who changed an item when it was not a caller. */
export interface UserIdentity {
  readonly type: string;
  readonly principalId: string;
}

/** The table's own expiry. Source: DynamoDB developer guide, "DynamoDB Streams and Time to Live". */
export const EXPIRY: UserIdentity = { type: "Service", principalId: "dynamodb.amazonaws.com" };

/**
 * A record of a stream as Lambda hands it over: dates in epoch seconds, bytes in Base64.
 * Source: Lambda developer guide, "Using AWS Lambda with Amazon DynamoDB".
 */
export function lambdaRecord(record: StreamsRecord, streamArn: string): DynamoDBRecord {
  const { userIdentity } = record;
  return asJson({
    ...(record.eventID === undefined ? {} : { eventID: record.eventID }),
    ...(record.eventName === undefined ? {} : { eventName: record.eventName }),
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    // The emulator calls its region by its own name.
    awsRegion: REGION,
    dynamodb: record.dynamodb,
    eventSourceARN: streamArn,
    ...(userIdentity ? { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } } : {}),
  }) as DynamoDBRecord;
}

/** False for a change that left the item as it was: the service writes no record for one, the emulator does. */
export function changesAnything({ dynamodb }: DynamoDBRecord): boolean {
  return inOrder(dynamodb?.OldImage) !== inOrder(dynamodb?.NewImage);
}

function asJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Date) return Math.floor(value.getTime() / 1000);
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asJson(each)]));
}

function inOrder(value: unknown): string | undefined {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
}
