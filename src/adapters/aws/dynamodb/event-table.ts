import type { PaymentEvent } from "../../../domain/payment-event.ts";
import type { Clock } from "../../../ports/clock.ts";
import { asStoreError, type DynamoDbCalls, type Item, isConditionFailure } from "../calls/aws-calls.ts";
import { keyOf, type TableKey } from "./event-key.ts";

export interface EventTableParts {
  readonly dynamo: DynamoDbCalls;
  readonly table: string;
  readonly key: TableKey;
  readonly clock: Clock;
  /** How long an event is kept after its receipt. */
  readonly retentionMs: number;
}

/** A write under a condition. Names in expressions are written `#name`, after the attribute. */
export interface Change {
  readonly set?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
  readonly condition: string;
  readonly values: Item;
}

export type Written =
  | { readonly kind: "done"; readonly item: Item }
  /** The condition did not hold. `item` is as it stands; null when there is none. */
  | { readonly kind: "refused"; readonly item: Item | null };

/** The calls that the parts of the events table are made of. All reject with a `StoreError`. */
export interface EventTable extends EventTableParts {
  /** Where the event's item is. */
  keyOf(event: Pick<PaymentEvent, "eventId" | "occurredAt">): Item;
  /** The item of an event, whatever state it is in, as of now. */
  find(eventId: string): Promise<Item | null>;
  put(item: Item): Promise<Written>;
  update(key: Item, change: Change): Promise<Written>;
}

export function openEventTable(given: EventTableParts): EventTable {
  const { key, table } = given;
  const dynamo: DynamoDbCalls = async (operation, input) => {
    try {
      return await given.dynamo(operation, input);
    } catch (error) {
      throw isConditionFailure(error) ? error : asStoreError(error);
    }
  };

  return {
    ...given,
    dynamo,
    keyOf: (event) => keyOf(key, event),

    async find(eventId) {
      if (key.sort === null) {
        const found = await dynamo("GetItem", {
          TableName: table,
          Key: { [key.partition]: { S: eventId } },
          ConsistentRead: true,
        });
        return found.Item ?? null;
      }
      const found = await dynamo("Query", {
        TableName: table,
        KeyConditionExpression: "#id = :id",
        ExpressionAttributeNames: { "#id": key.partition },
        ExpressionAttributeValues: { ":id": { S: eventId } },
        ConsistentRead: true,
        Limit: 1,
      });
      return found.Items?.[0] ?? null;
    },

    put: (item) =>
      conditional(async () => {
        await dynamo("PutItem", {
          TableName: table,
          Item: item,
          ConditionExpression: "attribute_not_exists(#id)",
          ExpressionAttributeNames: { "#id": key.partition },
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        });
        return item;
      }),

    update: (itemKey, { set = {}, remove = [], condition, values }) =>
      conditional(async () => {
        const assignments = Object.entries(set).map(([name, value]) => `#${name} = ${value}`);
        const expression = [
          ...(assignments.length === 0 ? [] : [`SET ${assignments.join(", ")}`]),
          ...(remove.length === 0 ? [] : [`REMOVE ${remove.map((name) => `#${name}`).join(", ")}`]),
        ].join(" ");
        const answer = await dynamo("UpdateItem", {
          TableName: table,
          Key: itemKey,
          UpdateExpression: expression,
          ConditionExpression: condition,
          ExpressionAttributeNames: namesIn(`${expression} ${condition}`),
          ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
          ReturnValues: "UPDATED_NEW",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        });
        return answer.Attributes ?? {};
      }),
  };
}

/** Every attribute that an expression names. All of them are written with `#`, so that none is a reserved word. */
export function namesIn(expression: string): Record<string, string> {
  return Object.fromEntries(
    [...expression.matchAll(/#(\w+)/g)].map(([name, attribute]) => [name, attribute as string]),
  );
}

async function conditional(write: () => Promise<Item>): Promise<Written> {
  try {
    return { kind: "done", item: await write() };
  } catch (error) {
    if (!isConditionFailure(error)) throw error;
    return { kind: "refused", item: error.Item ?? null };
  }
}
