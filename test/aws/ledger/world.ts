import type { DynamoDbCalls, Item } from "../../../src/adapters/aws/calls/aws-calls.ts";
import { type EventItems, openEventItems } from "../../../src/adapters/aws/dynamodb/event-items.ts";
import { openLedgerItems } from "../../../src/adapters/aws/dynamodb/ledger-items.ts";
import { type LedgerParts, openLedger } from "../../../src/adapters/aws/settle.ts";
import type { Announcement } from "../../../src/domain/announcement.ts";
import { StoreError } from "../../../src/domain/errors.ts";
import type { PaymentEvent } from "../../../src/domain/payment-event.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { Ledger, Settled } from "../../../src/ports/ledger.ts";
import { delivery } from "../../support/payment-events.ts";
import type { TestTables } from "./dynamodb.ts";

const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

export interface World {
  readonly events: EventItems;
  readonly ledger: Ledger;
  /** What the topic was told, in order. */
  readonly told: readonly Announcement[];
  /** Another instance of the ledger over the same tables and the same topic. */
  instance(over?: Partial<Instance>): Ledger;
  /** Keeps events, so that they wait to be processed. */
  put(...events: readonly PaymentEvent[]): Promise<void>;
  /** The rows of a transaction as they are in the table. */
  rows(transactionId: string): Promise<readonly Item[]>;
}

interface Instance extends LedgerParts {
  readonly dynamo: DynamoDbCalls;
}

/** Tables of their own, and a topic that remembers. */
export async function openWorld(database: TestTables, kind: "state" | "journal", clock = systemClock): Promise<World> {
  const dynamo = database.calls;
  const [table, eventsTable] = await Promise.all([database.create(kind), database.create("events")]);
  const events = openEventItems({ dynamo, table: eventsTable, clock, retentionMs: 1e12 });
  const told: Announcement[] = [];
  const announcer = {
    async announce(announcement: Announcement) {
      told.push(announcement);
    },
    enter: () => () => {},
  };
  const sortKey = kind === "journal" ? { name: "timestamp" } : null;
  const instance = (over: Partial<Instance> = {}): Ledger =>
    openLedger({
      ledgerItems: openLedgerItems({ dynamo: over.dynamo ?? dynamo, table, sortKey, clock }),
      events,
      announcer,
      clock,
      ...over,
    });
  return {
    events,
    ledger: instance(),
    told,
    instance,
    async put(...list) {
      await Promise.all(list.map((event) => events.put(event, delivery(event))));
    },
    async rows(transactionId) {
      const found = await dynamo("Query", {
        TableName: table,
        KeyConditionExpression: "transactionId = :id",
        ExpressionAttributeValues: { ":id": { S: transactionId } },
        ConsistentRead: true,
      });
      return found.Items ?? [];
    },
  };
}

/** Settles events one after the other, as messages that came in one batch. */
export function settle(ledger: Ledger, list: readonly PaymentEvent[], replay = false): Promise<readonly Settled[]> {
  return ledger.settle(
    list.map((event) => ({
      claim: { event, attempts: 0, replay, receipt: event.eventId },
      attempt: 0,
      startedAt: 1000,
      destinations: [],
    })),
  );
}

/** The same calls, where the first that `meets` does not reach the service or, with `after`, loses its answer. */
export function failingOnce(
  dynamo: DynamoDbCalls,
  meets: (operation: string, item: Item | undefined) => boolean,
  after?: "after",
): DynamoDbCalls {
  let failed = false;
  return async (operation, input) => {
    const fails = !failed && meets(operation, "Item" in input ? input.Item : undefined);
    if (!fails) return dynamo(operation, input);
    failed = true;
    if (after !== undefined) await dynamo(operation, input);
    throw Object.assign(new Error("socket hang up"), { name: "TimeoutError" });
  };
}

export const unavailable = new StoreError("unavailable", "Not now.");
