import type { Queue } from "./queue.ts";
import { SqsError } from "./sqs-error.ts";
import { type MessageState, stateOf } from "./stored-message.ts";

/** The attributes that were asked for, each a text. Throws `InvalidAttributeName`. Source: API reference, GetQueueAttributes. */
export function queueAttributes(queue: Queue, names: readonly string[], now: number): Readonly<Record<string, string>> {
  const states = queue.messages().map((message) => stateOf(message, now));
  const count = (state: MessageState) => String(states.filter((each) => each === state).length);
  const seconds = (time: number) => String(Math.floor(time / 1_000));
  const all: Record<string, string> = {
    ...queue.settings,
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: count("visible"),
    ApproximateNumberOfMessagesNotVisible: count("in flight"),
    ApproximateNumberOfMessagesDelayed: count("delayed"),
    CreatedTimestamp: seconds(queue.createdAt),
    LastModifiedTimestamp: seconds(queue.changedAt),
  };
  if (names.includes("All")) return all;
  const unknown = names.find((name) => !(name in all) && !OPTIONAL.includes(name));
  if (unknown !== undefined) throw new SqsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

/** Known names without a value in a queue that was not given one. */
const OPTIONAL = [
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoQueue",
  "FifoThroughputLimit",
  "KmsDataKeyReusePeriodSeconds",
  "KmsMasterKeyId",
  "Policy",
  "RedriveAllowPolicy",
  "RedrivePolicy",
  "SqsManagedSseEnabled",
];
