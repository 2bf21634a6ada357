import { createHash } from "node:crypto";
import type { QueryCommandInput } from "@aws-sdk/client-dynamodb";
import type { Item } from "../calls/aws-calls.ts";
import type { EventTable } from "./event-table.ts";

const PENDING_INDEX = "pending-index";

/**
 * The values of `pending` of events that wait. There are several, so that what comes in is spread over the partitions of
 * the index: a single one would take a thousand writes a second and then slow the table down.
 */
export const SHARDS: readonly string[] = Array.from({ length: 16 }, (_, shard) => String(shard).padStart(2, "0"));

export function shardOf(eventId: string): string {
  return SHARDS[(createHash("sha256").update(eventId).digest()[0] as number) % SHARDS.length] as string;
}

/** The condition for an item that waits to be processed, for the first time or again. */
export const IS_WAITING = "#pending BETWEEN :first AND :last";
export const WAITING_VALUES: Item = { ":first": { S: SHARDS[0] as string }, ":last": { S: SHARDS.at(-1) as string } };

export function isWaiting(item: Item): boolean {
  return SHARDS.includes(item.pending?.S ?? "");
}

export interface PendingQuery {
  readonly pending: string;
  /** Of receipt, RFC 3339; both inclusive. */
  readonly from?: string;
  readonly to?: string;
  readonly order: "oldest_first" | "newest_first";
  /** Items per call. */
  readonly pageSize: number;
}

/** Key and `received_at` of every event under one value of `pending`, in order of receipt, read page by page. */
export async function* queryPending(table: EventTable, query: PendingQuery): AsyncGenerator<Item> {
  // DynamoDB refuses a range that ends before it begins.
  if (query.from !== undefined && query.to !== undefined && query.from > query.to) return;
  let start: Item | undefined;
  do {
    const answer = await table.dynamo("Query", {
      ...indexQuery(table, query),
      Limit: query.pageSize,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    yield* answer.Items ?? [];
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
}

/** How many events are under one value of `pending`. */
export async function countPending(table: EventTable, pending: string): Promise<number> {
  let count = 0;
  let start: Item | undefined;
  do {
    const answer = await table.dynamo("Query", {
      ...indexQuery(table, { pending, order: "oldest_first" }),
      Select: "COUNT",
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    count += answer.Count ?? 0;
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
  return count;
}

function indexQuery(table: EventTable, query: Omit<PendingQuery, "pageSize">): QueryCommandInput {
  const { pending, from = EARLIEST, to = LATEST, order } = query;
  return {
    TableName: table.table,
    IndexName: PENDING_INDEX,
    KeyConditionExpression: "#pending = :pending AND #received_at BETWEEN :from AND :to",
    ExpressionAttributeNames: { "#pending": "pending", "#received_at": "received_at" },
    ExpressionAttributeValues: { ":pending": { S: pending }, ":from": { S: from }, ":to": { S: to } },
    ScanIndexForward: order === "oldest_first",
  };
}

// Every time as text begins with a digit.
const [EARLIEST, LATEST] = ["0", ":"];
