import { setTimeout } from "node:timers/promises";
import { StoreError } from "../../../domain/errors.ts";
import type { PaymentEvent } from "../../../domain/payment-event.ts";
import { type Application, apply } from "../../../domain/transaction.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { HistoryEntry, Ledger } from "../../../ports/ledger.ts";
import { asStoreError, type DynamoDbCalls, isConditionFailure } from "../calls/aws-calls.ts";
import { openLedgerJournal } from "./ledger-journal.ts";
import { type LedgerRow, type LedgerTable, ledgerKey, readRow, writeRow } from "./ledger-row.ts";
import { listTransactions } from "./list-transactions.ts";

export interface LedgerItemsParts extends LedgerTable {
  readonly dynamo: DynamoDbCalls;
  readonly clock: Clock;
}

/** The transactions table. Every method rejects with a `StoreError` when DynamoDB cannot do it now. */
export interface LedgerItems extends Pick<Ledger, "get" | "history" | "list"> {
  /**
   * Applies an event to its payment, once: one read and one write under a version guard, tried again when another write
   * came in between. What is in the history already is not written again, so a write whose answer was lost, and a
   * redelivery, find what the event did. Nothing is written for an event that is quarantined or cannot be applied.
   */
  apply(event: PaymentEvent): Promise<Applied>;
}

export interface Applied {
  /** What the event did when it was applied. */
  readonly application: Application;
  /** What it does to the state as it stands now; null unless it had been applied before. */
  readonly again: Application | null;
}

// Whoever loses a round lost it to a write that stands, so as many rounds as there are writers at once are enough. The
// queue lets one at a time at a payment; more are there only when a message was handed out anew.
const MAX_TRIES = 40;
const MAX_JITTER_MS = 50;

export function openLedgerItems(parts: LedgerItemsParts): LedgerItems {
  const { table, clock } = parts;
  const dynamo: DynamoDbCalls = async (operation, input) => {
    try {
      return await parts.dynamo(operation, input);
    } catch (error) {
      throw isConditionFailure(error) ? error : asStoreError(error);
    }
  };
  const journal = parts.sortKey === null ? null : openLedgerJournal({ dynamo, table, sortKey: parts.sortKey });
  let lastCreation = 0;

  return {
    async apply(event) {
      const { transactionId } = event;
      if (event.quarantine !== undefined || transactionId === null) return first(apply(undefined, event));
      const createdAt = creationTime();
      let row = await find(transactionId);
      for (let tries = 1; ; tries++) {
        const application = apply(row?.state.transaction, event);
        const known = row?.state.history.find(({ eventId }) => eventId === event.eventId);
        if (known !== undefined) {
          // It may have been written without its row.
          await journal?.keep(event, known);
          return { application: asSettled(known, row as LedgerRow), again: application };
        }
        if (application.kind === "quarantined" || event.type === "other") return first(application);
        const next = rowAfter(row, event, application, createdAt);
        const written = await write(next);
        if (written === "done") {
          await journal?.keep(event, next.state.history.at(-1) as HistoryEntry);
          return first(application);
        }
        if (tries === MAX_TRIES) {
          throw new StoreError("unavailable", `A transaction was written by others ${MAX_TRIES} times in a row.`);
        }
        row = written;
        await setTimeout(Math.random() * Math.min(MAX_JITTER_MS, 2 ** tries));
      }
    },
    async get(transactionId) {
      const row = await find(transactionId);
      return row === null ? null : { transaction: row.state.transaction, updatedAt: row.updatedAt };
    },
    async history(transactionId) {
      return (await find(transactionId))?.state.history ?? [];
    },
    list: (filter, page) => listTransactions({ ...parts, dynamo }, filter, page),
  };

  async function find(transactionId: string): Promise<LedgerRow | null> {
    const { Item } = await dynamo("GetItem", {
      TableName: table,
      Key: ledgerKey(parts, transactionId),
      ConsistentRead: true,
    });
    return Item === undefined ? null : readRow(Item);
  }

  /** The row as it stands when another write came first; null when there is none any more. */
  async function write(row: LedgerRow): Promise<"done" | LedgerRow | null> {
    const guard =
      row.version === 1
        ? { ConditionExpression: "attribute_not_exists(transactionId)" }
        : {
            ConditionExpression: "#version = :version",
            ExpressionAttributeNames: { "#version": "version" },
            ExpressionAttributeValues: { ":version": { N: String(row.version - 1) } },
          };
    try {
      await dynamo("PutItem", {
        TableName: table,
        Item: writeRow(parts, row),
        ...guard,
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      });
      return "done";
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return error.Item === undefined ? null : readRow(error.Item);
    }
  }

  function rowAfter(
    row: LedgerRow | null,
    event: PaymentEvent,
    { effect, transaction, from, to }: Settled,
    createdAt: string,
  ): LedgerRow {
    const appliedAt = row === null ? createdAt : new Date(clock.now()).toISOString();
    const { eventId, type, occurredAt } = event;
    const entry: HistoryEntry = { eventId, type, occurredAt, appliedAt, from, to, effect };
    return {
      // The domain gives a transaction for every event that can be applied.
      state: {
        transaction: transaction as NonNullable<typeof transaction>,
        history: [...(row?.state.history ?? []), entry],
      },
      version: (row?.version ?? 0) + 1,
      createdAt: row?.createdAt ?? createdAt,
      updatedAt: appliedAt,
    };
  }

  /** Never the same twice: the list of payments is in the order in which they were begun here. */
  function creationTime(): string {
    lastCreation = Math.max(clock.now(), lastCreation + 1);
    return new Date(lastCreation).toISOString();
  }
}

type Settled = Extract<Application, { kind: "settled" }>;

function first(application: Application): Applied {
  return { application, again: null };
}

function asSettled({ effect, from, to }: HistoryEntry, row: LedgerRow): Settled {
  return { kind: "settled", effect, from, to, transaction: row.state.transaction };
}
