import { invalidValue, SqsError } from "./sqs-error.ts";

/** Attributes of a queue by the names of the API, every value a text. */
export type QueueSettings = Readonly<Record<string, string>>;

interface NumberRange {
  readonly least: number;
  readonly most: number;
  readonly default: number;
}

/** Source: SQS API reference, CreateQueue, `Attributes`. The size limit is the one of August 2025 and later, 1 MiB. */
const NUMBERS = {
  DelaySeconds: { least: 0, most: 900, default: 0 },
  MaximumMessageSize: { least: 1_024, most: 1_048_576, default: 1_048_576 },
  MessageRetentionPeriod: { least: 60, most: 1_209_600, default: 345_600 },
  ReceiveMessageWaitTimeSeconds: { least: 0, most: 20, default: 0 },
  VisibilityTimeout: { least: 0, most: 43_200, default: 30 },
} as const satisfies Readonly<Record<string, NumberRange>>;
const FIFO_WORDS: Readonly<Record<string, readonly [string, string]>> = {
  ContentBasedDeduplication: ["false", "true"],
  DeduplicationScope: ["queue", "messageGroup"],
  FifoThroughputLimit: ["perQueue", "perMessageGroupId"],
};
/** Kept and given back, without effect here. */
const WITHOUT_EFFECT = [
  "KmsDataKeyReusePeriodSeconds",
  "KmsMasterKeyId",
  "Policy",
  "RedriveAllowPolicy",
  "SqsManagedSseEnabled",
];

/** A number of seconds or bytes. */
export function numberOf(settings: QueueSettings, name: keyof typeof NUMBERS): number {
  return Number(settings[name]);
}

export function isFifo(settings: QueueSettings): boolean {
  return settings.FifoQueue === "true";
}

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** Null for a queue without dead-letter queue. */
export function redriveOf({ RedrivePolicy: text }: QueueSettings): RedrivePolicy | null {
  if (text === undefined) return null;
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(text) as Record<string, unknown>;
  return { deadLetterTargetArn: String(deadLetterTargetArn), maxReceiveCount: Number(maxReceiveCount) };
}

/**
 * The settings of a new queue. Throws for a name or an attribute that the service refuses; `findFifo` says whether the
 * queue of an ARN is FIFO, undefined when there is none.
 */
export function newSettings(name: string, given: QueueSettings, findFifo: FindFifo): QueueSettings {
  const fifo = given.FifoQueue === "true";
  if (!(fifo ? /^[\w-]{1,75}\.fifo$/ : /^[\w-]{1,80}$/).test(name)) {
    const end = fifo ? ", must end with .fifo suffix" : "";
    throw new SqsError(
      "InvalidParameterValue",
      `The name of a queue can only include alphanumeric characters, hyphens, or underscores${end} and be 1 to 80 in length.`,
    );
  }
  const defaults: Record<string, string> = fifo ? { FifoQueue: "true" } : {};
  for (const [key, range] of Object.entries(NUMBERS)) defaults[key] = String(range.default);
  if (fifo) for (const [key, [word]] of Object.entries(FIFO_WORDS)) defaults[key] = word;
  return changedSettings(defaults, given, findFifo);
}

type FindFifo = (arn: string) => boolean | undefined;

/** Throws `InvalidAttributeName`, `InvalidAttributeValue` or, for the redrive policy, `InvalidParameterValue`. */
export function changedSettings(current: QueueSettings, given: QueueSettings, findFifo: FindFifo): QueueSettings {
  const settings: Record<string, string> = { ...current, ...given };
  for (const [name, value] of Object.entries(given)) check(name, value, isFifo(current), findFifo);
  if (settings.RedrivePolicy === "") delete settings.RedrivePolicy;
  if (settings.FifoThroughputLimit === "perMessageGroupId" && settings.DeduplicationScope !== "messageGroup") {
    throw new SqsError(
      "InvalidAttributeValue",
      "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.",
    );
  }
  return settings;
}

function check(name: string, value: string, fifo: boolean, findFifo: FindFifo): void {
  const range: NumberRange | undefined = NUMBERS[name as keyof typeof NUMBERS];
  const valid = () => {
    if (range !== undefined) return /^\d+$/.test(value) && Number(value) >= range.least && Number(value) <= range.most;
    if (name === "FifoQueue") return fifo && value === "true";
    if (name === "RedrivePolicy") return value === "" || checkRedrive(value, fifo, findFifo);
    if (WITHOUT_EFFECT.includes(name)) return true;
    const words = fifo ? FIFO_WORDS[name] : undefined;
    if (words === undefined) throw new SqsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
    return words.includes(value);
  };
  if (!valid()) throw new SqsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
}

/** Source: SQS developer guide, "Using dead-letter queues": both queues are of one type, the count is 1 to 1,000. */
function checkRedrive(text: string, fifo: boolean, findFifo: FindFifo): true {
  const refuse = (reason: string) => invalidValue("RedrivePolicy", text, reason);
  let policy: RedrivePolicy | null;
  try {
    policy = redriveOf({ RedrivePolicy: text });
  } catch {
    throw refuse("Redrive policy is not a valid JSON map.");
  }
  const { deadLetterTargetArn, maxReceiveCount } = policy as RedrivePolicy;
  if (!Number.isInteger(maxReceiveCount) || maxReceiveCount < 1 || maxReceiveCount > 1_000) {
    throw refuse(
      `Invalid value for maxReceiveCount: ${maxReceiveCount}, valid values are from 1 to 1000 both inclusive.`,
    );
  }
  const targetFifo = findFifo(deadLetterTargetArn);
  if (targetFifo === undefined) throw refuse("Dead letter target does not exist.");
  if (targetFifo !== fifo) throw refuse("Dead-letter queue must be same type of queue as the source.");
  return true;
}
