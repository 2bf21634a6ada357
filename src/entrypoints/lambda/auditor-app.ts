import type { DynamoDBBatchResponse } from "aws-lambda";
import { auditedChange, isDeletion, type StreamRecord } from "../../adapters/aws/dynamodb/change-audit.ts";
import type { Alerts } from "../../ports/alerts.ts";

/**
 * Writes one audit line per change of the events table and raises an alert for every item that was taken away, the
 * table's own expiry aside. A record that cannot be audited is named as the first that failed, so that the stream comes
 * again from there.
 */
export function auditChanges(
  records: readonly StreamRecord[],
  parts: {
    readonly partitionKey: string;
    readonly write: (line: object) => void;
    readonly alerts: Alerts;
    readonly onFault: (error: Error) => void;
  },
): DynamoDBBatchResponse {
  for (const record of records) {
    try {
      const change = auditedChange(record, parts.partitionKey);
      if (change === null) continue;
      parts.write(change);
      if (isDeletion(record)) {
        parts.alerts.raise(
          "event.deleted",
          change.target,
          `An item of the events table was deleted by ${change.actor}.`,
        );
      }
    } catch (error) {
      parts.onFault(error as Error);
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? "" }] };
    }
  }
  return { batchItemFailures: [] };
}
