import { openDynamoDbCalls } from "../../adapters/aws/calls/sdk-dynamodb.ts";
import { type EventItems, openEventItems } from "../../adapters/aws/dynamodb/event-items.ts";
import { required } from "../../adapters/aws/environment.ts";
import { eventsKeyOf } from "./events-key.ts";
import type { FunctionBase } from "./function.ts";

/** The events table for functions that add no event to it. */
export function openKnownEvents({ env, clock }: Pick<FunctionBase, "env" | "clock">): EventItems {
  const table = required(env, "eventsTable");
  return openEventItems({ dynamo: openDynamoDbCalls(), table, key: eventsKeyOf(env), clock, retentionMs: 0 });
}
