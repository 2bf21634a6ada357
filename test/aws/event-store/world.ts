import type { DynamoDbCalls, Item } from "../../../src/adapters/aws/calls/aws-calls.ts";
import { type EventItems, openEventItems } from "../../../src/adapters/aws/dynamodb/event-items.ts";
import { DEFAULT_KEY, type TableKey } from "../../../src/adapters/aws/dynamodb/event-key.ts";
import { openEventStore } from "../../../src/adapters/aws/event-store.ts";
import type { QueueMessage } from "../../../src/adapters/aws/sqs/queue-sender.ts";
import type { PaymentEvent } from "../../../src/domain/payment-event.ts";
import type { EventStore } from "../../../src/ports/event-store.ts";
import type { SettledNow } from "../../../src/ports/ledger.ts";
import type { Requeue } from "../../../src/ports/queue.ts";
import { type Meter, meter, type TestDynamoDb } from "./events-table.ts";

export const RECEIVED_AT = Date.parse("2026-01-02T03:04:05.678Z");
const DAY = 24 * 3_600_000;

export interface World {
  readonly items: EventItems;
  readonly store: EventStore & Requeue;
  /** What was sent to the queue, in order. */
  readonly sent: QueueMessage[];
  readonly meter: Meter;
  /** Epoch milliseconds; tests set it. */
  readonly clock: { time: number };
  /** What the next message is refused with. */
  refuse(error: Error): void;
  /** The item as it is in the table. */
  item(event: PaymentEvent): Promise<Item>;
  /** Marks an event processed, as the ledger does. */
  settle(event: PaymentEvent, over?: Partial<SettledNow & { kind: "processed" }>): Promise<"marked" | "known">;
}

export interface WorldOptions {
  readonly key?: TableKey;
  /** Calls that come between the items and DynamoDB. */
  readonly through?: (calls: DynamoDbCalls) => DynamoDbCalls;
}

export async function openWorld(dynamoDb: TestDynamoDb, options: WorldOptions = {}): Promise<World> {
  const { key = DEFAULT_KEY, through = (calls) => calls } = options;
  const table = await dynamoDb.createTable(key);
  const metered = meter(dynamoDb.calls);
  const clock = { time: RECEIVED_AT + 1000, now: () => clock.time, monotonic: () => 0 };
  const items = openEventItems({ dynamo: through(metered.calls), table, key, clock, retentionMs: 30 * DAY });
  const sent: QueueMessage[] = [];
  let refusal: Error | null = null;
  const store = openEventStore({
    items,
    sender: {
      async send(message) {
        const error = refusal;
        refusal = null;
        if (error !== null) throw error;
        sent.push(message);
      },
    },
  });
  return {
    items,
    store,
    sent,
    meter: metered,
    clock,
    refuse: (error) => {
      refusal = error;
    },
    async item(event) {
      const { Items } = await dynamoDb.calls("Query", {
        TableName: table,
        KeyConditionExpression: "#id = :id",
        ExpressionAttributeNames: { "#id": key.partition },
        ExpressionAttributeValues: { ":id": { S: event.eventId } },
        ConsistentRead: true,
      });
      if (Items?.length !== 1) throw new Error(`There are ${Items?.length} items of ${event.eventId}.`);
      return Items[0] as Item;
    },
    settle: (event, over = {}) =>
      items.markSettled(
        event,
        { kind: "processed", eventId: event.eventId, effect: "applied", from: null, to: "succeeded", ...over },
        { attempt: 0, startedAt: clock.time, at: clock.time + 5 },
      ),
  };
}
