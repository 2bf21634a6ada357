import type { Page, PageRequest } from "../../../ports/event-store.ts";
import type { TransactionFilter, TransactionRecord } from "../../../ports/ledger.ts";
import type { DynamoDbCalls, Item } from "../calls/aws-calls.ts";
import { type LedgerTable, readRow } from "./ledger-row.ts";

/**
 * The payments that fit the filter, newest first. Every page reads the whole table, half a read unit per 4 KB and one
 * call per MB, because DynamoDB keeps items in no order: an index for it would cost a write unit per event, for a list
 * that people look at now and then. Memory holds one page. What was written in the last moments may be missing.
 */
export async function listTransactions(
  parts: LedgerTable & { readonly dynamo: DynamoDbCalls },
  filter: TransactionFilter,
  { cursor, limit }: PageRequest,
): Promise<Page<TransactionRecord>> {
  const before = cursor === undefined ? null : Buffer.from(cursor, "base64url").toString();
  const expression = expressionOf(parts, filter);
  let newest: Placed[] = [];
  let start: Item | undefined;
  do {
    const page = await parts.dynamo("Scan", {
      TableName: parts.table,
      ...expression,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    const found = (page.Items ?? [])
      .map((item) => ({ place: placeOf(item), item }))
      .filter(({ place, item }) => (before === null || place < before) && startsWith(filter.q, item));
    // One more than the page, to know whether there is a next.
    newest = [...newest, ...found].sort((a, b) => (a.place < b.place ? 1 : -1)).slice(0, limit + 1);
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  const items = newest.slice(0, limit);
  return {
    items: items.map(({ item }) => readRecord(item)),
    nextCursor: newest.length > limit ? Buffer.from(items.at(-1)?.place ?? "").toString("base64url") : null,
  };
}

interface Placed {
  /** Sorts as the list does, from the oldest on. */
  readonly place: string;
  readonly item: Item;
}

function placeOf(item: Item): string {
  return `${item.created_at?.S} ${item.transactionId?.S}`;
}

function expressionOf({ sortKey }: LedgerTable, filter: TransactionFilter) {
  const terms: readonly (readonly [condition: string, attribute: string, value: Item[string]] | null)[] = [
    sortKey && ["# = :", sortKey.name, { N: "0" }],
    text("# = :", "provider", filter.provider),
    text("# = :", "status", filter.status),
    text("begins_with(#, :)", "transactionId", filter.source && `${filter.source}:`),
    text("# >= :", "updated_at", filter.from && iso(filter.from)),
    text("# < :", "updated_at", filter.to && iso(filter.to)),
  ];
  const given = terms.filter((term) => term !== null);
  if (given.length === 0) return {};
  return {
    FilterExpression: given
      .map(([condition], n) => condition.replace("#", `#n${n}`).replace(":", `:v${n}`))
      .join(" AND "),
    ExpressionAttributeNames: Object.fromEntries(given.map(([, attribute], n) => [`#n${n}`, attribute])),
    ExpressionAttributeValues: Object.fromEntries(given.map(([, , value], n) => [`:v${n}`, value])),
  };
}

function text(condition: string, attribute: string, value: string | undefined) {
  return value === undefined ? null : ([condition, attribute, { S: value }] as const);
}

/** As the table has it: UTC with milliseconds. */
function iso(time: string): string {
  return new Date(time).toISOString();
}

/** Whether the transaction id, or the payment id in it, starts so. */
function startsWith(q: string | undefined, item: Item): boolean {
  if (q === undefined) return true;
  const id = item.transactionId?.S ?? "";
  return id.startsWith(q) || id.slice(id.indexOf(":") + 1).startsWith(q);
}

function readRecord(item: Item): TransactionRecord {
  const { state, updatedAt } = readRow(item);
  return { transaction: state.transaction, updatedAt };
}
