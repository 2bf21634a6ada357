import type { BatchResultErrorEntry } from "@aws-sdk/client-sqs";
import { SqsError } from "./sqs-error.ts";

/**
 * Runs the entries of a batch one by one: what one of them is refused for does not touch the others. Throws where the
 * batch itself is refused. Source: SQS API reference, SendMessageBatch, "Errors".
 */
export function runBatch<Entry extends { Id?: string | undefined }, Result extends object>(
  entries: readonly Entry[] | undefined,
  run: (entry: Entry) => Result,
): { Successful?: readonly (Result & { Id: string })[]; Failed?: readonly BatchResultErrorEntry[] } {
  const ids = idsOf(entries);
  const successful: (Result & { Id: string })[] = [];
  const failed: BatchResultErrorEntry[] = [];
  entries?.forEach((entry, index) => {
    const Id = ids[index] as string;
    try {
      successful.push({ Id, ...run(entry) });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      failed.push({ Id, ...entryError(error), SenderFault: true });
    }
  });
  return {
    ...(successful.length === 0 ? {} : { Successful: successful }),
    ...(failed.length === 0 ? {} : { Failed: failed }),
  };
}

function idsOf(entries: readonly { Id?: string | undefined }[] | undefined): readonly string[] {
  if (entries === undefined || entries.length === 0) {
    throw new SqsError("EmptyBatchRequest", "There should be at least one entry in the request.");
  }
  if (entries.length > 10) {
    const reason = `Maximum number of entries per request are 10. You have sent ${entries.length}.`;
    throw new SqsError("TooManyEntriesInBatchRequest", reason);
  }
  const ids = entries.map(({ Id = "" }) => Id);
  if (ids.some((id) => !/^[\w-]{1,80}$/.test(id))) {
    const reason =
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.";
    throw new SqsError("InvalidBatchEntryId", reason);
  }
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) throw new SqsError("BatchEntryIdsNotDistinct", `Id ${repeated} repeated.`);
  return ids;
}

/** In a batch the service names an expired receipt handle differently than in a single call. */
function entryError({ name, message }: SqsError): { readonly Code: string; readonly Message: string } {
  const expired = "The receipt handle has expired";
  return message.includes(expired)
    ? { Code: "ReceiptHandleIsInvalid", Message: expired }
    : { Code: name, Message: message };
}
