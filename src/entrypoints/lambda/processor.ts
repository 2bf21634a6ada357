import { existsSync } from "node:fs";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { openDynamoDbCalls } from "../../adapters/aws/calls/sdk-dynamodb.ts";
import { openSnsCalls } from "../../adapters/aws/calls/sdk-sns.ts";
import { openSqsCalls } from "../../adapters/aws/calls/sdk-sqs.ts";
import { openLedgerItems } from "../../adapters/aws/dynamodb/ledger-items.ts";
import { optional, required } from "../../adapters/aws/environment.ts";
import { openInProcessHandler } from "../../adapters/aws/handler/in-process-handler.ts";
import { openLedger } from "../../adapters/aws/settle.ts";
import { openResultsAnnouncer } from "../../adapters/aws/sns/results-announcer.ts";
import { openClaimedBatch } from "../../adapters/aws/sqs/claimed-batch.ts";
import { openDeadLetterSender } from "../../adapters/aws/sqs/dead-letter-sender.ts";
import type { FunctionConfig } from "../../config/function-config.ts";
import { loadFunctionConfig } from "../../config/load-function-config.ts";
import { openProcessEvent } from "../../pipeline/process-event.ts";
import { type FunctionBase, openFunction } from "./function.ts";
import { processBatch } from "./processor-app.ts";
import { openKnownEvents } from "./stores.ts";

/** Brings a batch of the queue to its end; what cannot be ended now is named in the answer and comes back. */
export const handler = openFunction({
  load: (env) => loadFunctionConfig({ env, cwd: process.cwd() }),
  sns: () => openSnsCalls(),
  open,
});

/** Without a handler nothing but AWS is waited for, and a batch has no more messages. */
const PAYMENTS_AT_ONCE = 10;
/** For what follows a call. */
const MARGIN_MS = 3_000;

function open(config: FunctionConfig, base: FunctionBase) {
  const { env, log, metrics, alerts, clock } = base;
  const { handler: module, handlerTimeoutMs, concurrency, retry } = config.processor;
  const items = openKnownEvents(base);
  const sqs = openSqsCalls();
  const sortKey = optional(env, "transactionsSortKey");
  const ledger = openLedger({
    ledgerItems: openLedgerItems({
      dynamo: openDynamoDbCalls(),
      table: required(env, "transactionsTable"),
      sortKey: sortKey === null ? null : { name: sortKey },
      clock,
    }),
    events: items,
    announcer: openResultsAnnouncer({ sns: openSnsCalls(), topicArn: optional(env, "resultsTopicArn") }),
    clock,
  });
  const deadLetters = openDeadLetterSender({ sqs, queueUrl: required(env, "deadLetterQueueUrl") });
  const { remainingMs } = base;
  // Found now, or it would use up the attempts of every event.
  if (module !== null && !existsSync(module)) throw new Error("processor.handler: the file is not in the deployment");
  const userCode =
    module === null ? null : openInProcessHandler({ module, timeoutMs: handlerTimeoutMs, remainingMs, log });

  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const batch = openClaimedBatch({ sqs, queueUrl: required(env, "queueUrl"), items, ledger, deadLetters }, Records);
    const process = openProcessEvent({
      attempts: batch.attempts,
      ledger,
      // Whoever is told of a dead event has to find it in the archive, and has to be told: that is the archiver's.
      alerts: { raise: (kind, ...what) => (kind === "event.dead" ? undefined : alerts.raise(kind, ...what)) },
      metrics,
      clock,
      handler: userCode,
      retry,
      // Subscribers of the topic filter for themselves.
      destinations: [],
      onSettled: () => {},
      // What cannot be written now comes back with its message.
      insist: (write) => write(),
    });
    return processBatch(batch, {
      process,
      hasHandler: userCode !== null,
      concurrency: userCode === null ? PAYMENTS_AT_ONCE : concurrency,
      hasTime: () => remainingMs() > handlerTimeoutMs + MARGIN_MS,
      log,
    });
  };
}
