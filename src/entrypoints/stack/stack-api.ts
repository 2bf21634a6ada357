import { openDynamoDbCalls } from "../../adapters/aws/calls/sdk-dynamodb.ts";
import { openEventItems } from "../../adapters/aws/dynamodb/event-items.ts";
import { openLedgerItems } from "../../adapters/aws/dynamodb/ledger-items.ts";
import { openBucketArchive } from "../../adapters/aws/s3/bucket-archive.ts";
import { openTopicAlerts } from "../../adapters/aws/sns/alerts.ts";
import { openQueueSender } from "../../adapters/aws/sqs/queue-sender.ts";
import { grantTo } from "../../http/admin/access.ts";
import { createAdminApp } from "../../http/admin/app.ts";
import { createFeed } from "../../http/feed.ts";
import { createMetrics } from "../../http/metrics.ts";
import { systemClock as clock } from "../clock.ts";
import { VERSION } from "../version.ts";
import { openAuditLog } from "./audit-log.ts";
import type { FilterLogEvents } from "./aws-reads.ts";
import { lazyCalls } from "./lazy-calls.ts";
import { openRefusals } from "./refusals.ts";
import type { Stack } from "./stack.ts";
import { asStackFault } from "./stack-fault.ts";
import type { StackNames } from "./stack-names.ts";
import { gaugesOf, operationsOnStack } from "./stack-operations.ts";

/** The admin API over what these names name. Each call is made with the caller's own rights. */
export function openStackApi(names: StackNames, logs: FilterLogEvents): Stack["fetch"] {
  const dynamo = openDynamoDbCalls();
  // It adds no event, so how long one is kept does not matter here.
  const items = openEventItems({ dynamo, table: names.eventsTable, key: names.eventsKey, clock, retentionMs: 0 });
  const sortKey = names.transactionsSortKey === null ? null : { name: names.transactionsSortKey };
  const ledger = openLedgerItems({ dynamo, table: names.transactionsTable, sortKey, clock });
  const sqs = lazyCalls(async () => (await import("../../adapters/aws/calls/sdk-sqs.ts")).openSqsCalls());
  const sns = lazyCalls(async () => (await import("../../adapters/aws/calls/sdk-sns.ts")).openSnsCalls());
  const s3 = lazyCalls(async () => (await import("../../adapters/aws/calls/sdk-s3.ts")).openS3Calls());
  const sender = openQueueSender({ sqs, queueUrl: names.queueUrl, trace: () => undefined });
  const bucket = names.archiveBucket;
  const archive = bucket === null ? null : openBucketArchive({ s3, bucket });
  const alerts = openTopicAlerts({ sns, topicArn: names.alertsTopicArn, log: LOG, clock });
  const metrics = createMetrics({ clock, isSource: () => false, gauges: () => gaugesOf(items, clock) });
  let fault: unknown = null;
  const app = createAdminApp({
    operations: operationsOnStack({
      items,
      ledger,
      sender,
      archive,
      alerts,
      auditLog: openAuditLog(logs, names),
      refusals: openRefusals(logs, names, clock),
      series: metrics.series,
      clock,
    }),
    // Whoever has the credentials has the tables anyway. CloudTrail has the person's name.
    access: grantTo({ name: "cli", role: "operate" }),
    metrics,
    feed: createFeed(),
    version: VERSION,
    onFault: (error) => {
      fault = error;
    },
    probe: items.probe,
    // A table has no end.
    freeDisk: async () => ({ freeBytes: Number.POSITIVE_INFINITY, floorBytes: 0 }),
    shutdown: new AbortController().signal,
  });

  return async (request) => {
    const response = await app.fetch(request);
    if (response.status < 500 || fault === null) return { kind: "answer", response };
    const why = asStackFault(fault);
    fault = null;
    return { kind: "fault", fault: why };
  };
}

/** That an alert could not be sent is for whoever asked to know; that it was, is not. */
const LOG = {
  info: () => {},
  warn: () => {},
  error: (_: object, message: string) => void process.stderr.write(`strongroom: ${message}\n`),
};
