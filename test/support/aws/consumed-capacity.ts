import { itemBytes, type WireItem } from "./item-bytes.ts";

/** What one call cost on one table, in capacity units. */
export interface Capacity {
  readonly table: string;
  readonly kind: "read" | "write";
  /** The table's own units. */
  readonly units: number;
  /** Units of each index by name. */
  readonly indexes: Readonly<Record<string, number>>;
}

const WRITES = new Set(["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"]);
const READS = new Set(["GetItem", "Query", "Scan", "TransactGetItems", "BatchGetItem"]);

/** The request with the wish for figures added, when the operation gives any. */
export function askForCapacity(
  operation: string,
  input: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return WRITES.has(operation) || READS.has(operation) ? { ...input, ReturnConsumedCapacity: "INDEXES" } : input;
}

/**
 * What an answer of DynamoDB says was charged. A failed condition is charged too, though the answer does not say so: the
 * item's write units, at least one. It is counted by the item in the answer, and as one where the call did not ask for it.
 * Source: DynamoDB developer guide, "DynamoDB read and write operations" and "Working with items" (conditional writes).
 */
export function capacityOf(
  operation: string,
  input: Readonly<Record<string, unknown>>,
  answer: Readonly<Record<string, unknown>>,
): readonly Capacity[] {
  const kind = WRITES.has(operation) ? "write" : "read";
  if (String(answer.__type).endsWith("#ConditionalCheckFailedException")) {
    const bytes = itemBytes((answer.Item ?? {}) as WireItem);
    const units = Math.max(1, Math.ceil(bytes / 1024));
    return [{ table: String(input.TableName), kind, units, indexes: {} }];
  }
  const consumed = answer.ConsumedCapacity;
  if (consumed === undefined || consumed === null) return [];
  return (Array.isArray(consumed) ? consumed : [consumed]).map((each: Consumed) => ({
    table: each.TableName,
    kind,
    units: each.Table?.CapacityUnits ?? each.CapacityUnits,
    indexes: Object.fromEntries(
      Object.entries(each.GlobalSecondaryIndexes ?? {}).map(([name, { CapacityUnits }]) => [name, CapacityUnits]),
    ),
  }));
}

interface Consumed {
  readonly TableName: string;
  readonly CapacityUnits: number;
  readonly Table?: { readonly CapacityUnits: number };
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits: number }>>;
}
