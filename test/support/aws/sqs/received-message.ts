import { createHash } from "node:crypto";
import type { ReceiveMessageRequest } from "@aws-sdk/client-sqs";
import type { Received } from "./queue.ts";
import type { StoredMessage } from "./stored-message.ts";

/** A message as `ReceiveMessage` gives it. Source: SQS API reference, ReceiveMessage and Message. */
export function receivedMessage({ message, handle }: Received, request: Partial<ReceiveMessageRequest>): object {
  const system = pick(systemAttributes(message), [
    ...(request.MessageSystemAttributeNames ?? []),
    ...(request.AttributeNames ?? []),
  ]);
  const custom = pick(message.content.attributes, request.MessageAttributeNames ?? []);
  return {
    MessageId: message.id,
    ReceiptHandle: handle,
    Body: message.content.body,
    MD5OfBody: md5(message.content.body),
    ...(system === null ? {} : { Attributes: system }),
    ...(custom === null ? {} : { MessageAttributes: custom }),
  };
}

export function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

function systemAttributes(message: StoredMessage): Readonly<Record<string, string>> {
  const { groupId, deduplicationId, traceHeader } = message.content;
  return {
    SenderId: "AIDAEXAMPLE",
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
    ...(deduplicationId === undefined ? {} : { MessageDeduplicationId: deduplicationId }),
    ...(message.sequenceNumber === null ? {} : { SequenceNumber: message.sequenceNumber }),
    ...(traceHeader === undefined ? {} : { AWSTraceHeader: traceHeader }),
    ...(message.deadLetterSourceArn === null ? {} : { DeadLetterQueueSourceArn: message.deadLetterSourceArn }),
  };
}

/** Those named, by `All` or `.*` every one, by `prefix.*` those that begin so; null for none. */
function pick<Value>(from: Readonly<Record<string, Value>>, names: readonly string[]): Record<string, Value> | null {
  const wanted = (name: string) =>
    names.some(
      (each) => each === "All" || each === name || (each.endsWith(".*") && name.startsWith(each.slice(0, -2))),
    );
  const picked = Object.entries(from).filter(([name]) => wanted(name));
  return picked.length === 0 ? null : Object.fromEntries(picked);
}
