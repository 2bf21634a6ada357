import { hash } from "node:crypto";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { openS3Calls } from "../../adapters/aws/calls/sdk-s3.ts";
import { openSnsCalls } from "../../adapters/aws/calls/sdk-sns.ts";
import { openSqsCalls } from "../../adapters/aws/calls/sdk-sqs.ts";
import { required } from "../../adapters/aws/environment.ts";
import { openBucketArchive } from "../../adapters/aws/s3/bucket-archive.ts";
import { openQueueSender } from "../../adapters/aws/sqs/queue-sender.ts";
import type { FunctionConfig } from "../../config/function-config.ts";
import { loadFunctionConfig } from "../../config/load-function-config.ts";
import { buryBatch } from "./archiver-app.ts";
import { type FunctionBase, openFunction, trace } from "./function.ts";
import { openKnownEvents } from "./stores.ts";

/** Empties the dead-letter queue into the archive, and puts back what only stood behind an event that failed. */
export const handler = openFunction({
  load: (env) => loadFunctionConfig({ env, cwd: process.cwd() }),
  sns: () => openSnsCalls(),
  open,
});

function open(config: FunctionConfig, base: FunctionBase) {
  const { env, log, alerts, clock } = base;
  const items = openKnownEvents(base);
  const sender = openQueueSender({ sqs: openSqsCalls(), queueUrl: required(env, "queueUrl"), trace });
  const archive = openBucketArchive({ s3: openS3Calls(), bucket: required(env, "archiveBucket") });

  return ({ Records }: SQSEvent): Promise<SQSBatchResponse> =>
    buryBatch(Records, {
      read: items.read,
      payload: items.payload,
      markDead: items.markDead,
      markArchived: items.markArchived,
      putBack: ({ event, generation, replay, returns = 0 }, messageId) =>
        sender.send({ event, generation, replay, returns: returns + 1 }, messageId),
      archive,
      sha256: (text) => hash("sha256", text, "hex"),
      tell: (eventId, reason) => alerts.tell("event.dead", eventId, reason),
      alerts,
      clock,
      maxAttempts: config.processor.retry.maxAttempts,
      log,
    });
}
