import type { DynamoDBBatchResponse } from "aws-lambda";
import { openSnsCalls } from "../../adapters/aws/calls/sdk-sns.ts";
import type { StreamRecord } from "../../adapters/aws/dynamodb/change-audit.ts";
import { auditChanges } from "./auditor-app.ts";
import { eventsKeyOf } from "./events-key.ts";
import { openFunction } from "./function.ts";

/** Turns the events table's stream into audit lines: one JSON object each, in this function's log group. */
export const handler = openFunction({
  load: async () => null,
  sns: () => openSnsCalls(),
  open:
    (_config, { env, alerts, log }) =>
    async ({ Records }: { readonly Records: readonly StreamRecord[] }): Promise<DynamoDBBatchResponse> =>
      auditChanges(Records, {
        partitionKey: eventsKeyOf(env).partition,
        write: (line) => process.stdout.write(`${JSON.stringify({ audit: line })}\n`),
        alerts,
        onFault: (error) => log.error({ error: error.message }, "a change could not be audited"),
      }),
});
