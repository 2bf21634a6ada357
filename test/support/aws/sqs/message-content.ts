import type { SendMessageRequest } from "@aws-sdk/client-sqs";
import { contentBasedId } from "./deduplication.ts";
import { isFifo, numberOf, type QueueSettings } from "./queue-settings.ts";
import { invalidValue, needed, SqsError } from "./sqs-error.ts";
import type { MessageContent } from "./stored-message.ts";

/** What both `SendMessage` and an entry of a batch carry. */
export type SendInput = Omit<Partial<SendMessageRequest>, "QueueUrl">;

/**
 * What is to be stored. Throws for what the service refuses. Source: SQS API reference, SendMessage (parameters,
 * errors); the developer guide's "FIFO queue key terms" for the ids.
 */
export function checkedContent(input: SendInput, settings: QueueSettings): MessageContent {
  const body = needed(input.MessageBody, "MessageBody");
  const limit = numberOf(settings, "MaximumMessageSize");
  if (contentBytes(input) > limit) {
    const reason = `Message must be shorter than ${limit} bytes.`;
    throw new SqsError("InvalidParameterValue", `One or more parameters are invalid. Reason: ${reason}`);
  }
  if (!SENDABLE.test(body)) {
    throw new SqsError("InvalidMessageContents", "Invalid characters were found in the message body.");
  }
  const groupId = input.MessageGroupId;
  if (groupId !== undefined) checkId("MessageGroupId", groupId);
  const deduplicationId = isFifo(settings) ? fifoDeduplicationId(input, body, settings) : refuseFifoOnly(input);
  const traceHeader = input.MessageSystemAttributes?.AWSTraceHeader?.StringValue;
  return {
    body,
    attributes: input.MessageAttributes ?? {},
    ...(groupId === undefined ? {} : { groupId }),
    ...(deduplicationId === undefined ? {} : { deduplicationId }),
    ...(traceHeader === undefined ? {} : { traceHeader }),
  };
}

/** Body and message attributes, as the limit counts them; system attributes do not count. */
export function contentBytes({ MessageBody: body = "", MessageAttributes: attributes = {} }: SendInput): number {
  return Object.entries(attributes).reduce((bytes, [name, { DataType, StringValue, BinaryValue }]) => {
    // Over the wire a binary value is base64.
    const binary = BinaryValue === undefined ? 0 : Buffer.from(String(BinaryValue), "base64").length;
    return bytes + Buffer.byteLength(name + (DataType ?? "") + (StringValue ?? "")) + binary;
  }, Buffer.byteLength(body));
}

/** #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF */
const SENDABLE = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

function fifoDeduplicationId(input: SendInput, body: string, settings: QueueSettings): string {
  needed(input.MessageGroupId, "MessageGroupId");
  if ((input.DelaySeconds ?? 0) > 0) {
    throw invalidValue(
      "DelaySeconds",
      input.DelaySeconds,
      "The request includes a parameter that is not valid for this queue type.",
    );
  }
  const id = input.MessageDeduplicationId;
  if (id !== undefined) return checkId("MessageDeduplicationId", id);
  if (settings.ContentBasedDeduplication === "true") return contentBasedId(body);
  throw new SqsError(
    "InvalidParameterValue",
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
  );
}

function refuseFifoOnly({ MessageDeduplicationId: id, DelaySeconds: delay = 0 }: SendInput): undefined {
  if (id !== undefined) {
    throw invalidValue(
      "MessageDeduplicationId",
      id,
      "The request includes a parameter that is not valid for this queue type.",
    );
  }
  if (delay < 0 || delay > 900) throw invalidValue("DelaySeconds", delay, "DelaySeconds must be >= 0 and <= 900.");
}

function checkId(parameter: string, value: string): string {
  if (/^[\x21-\x7e]{1,128}$/.test(value)) return value;
  const reason = `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`;
  throw invalidValue(parameter, value, reason);
}
