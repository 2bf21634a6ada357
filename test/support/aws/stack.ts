import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { VARIABLES } from "../../../src/adapters/aws/environment.ts";
import { CREDENTIALS, REGION } from "./client-settings.ts";
import type { LocalSnsAndS3, Published } from "./sns-s3.ts";
import type { RunningSqs } from "./sqs/start-sqs.ts";
import { createEventsTable, createTransactionsTable, type KeyNames } from "./tables.ts";

/** Where each service answers. */
export interface Endpoints {
  readonly dynamodb: string;
  readonly sqs: string;
  readonly sns: string;
  readonly s3: string;
  readonly secretsManager: string;
}

export interface StackOptions {
  /** Ends every name, so that several stacks live beside each other. */
  readonly suffix: string;
  /** Usually `webhook_id` alone. */
  readonly eventsKey?: KeyNames;
  /** True for the journal mode: the transactions table gets the sort key `timestamp`. */
  readonly transactionsSort?: boolean;
  /** Where the functions find the services; the emulators themselves when not given. */
  readonly through?: Endpoints;
  /** Path of the configuration file. */
  readonly config?: string;
}

/** One deployment's tables, queues, topics and bucket. */
export interface Stack {
  /** What a function of this stack finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly names: StackNames;
  /** What was published with the results of processing, parsed. */
  published(): Promise<readonly unknown[]>;
  /** What was published as alerts, parsed. */
  alerts(): Promise<readonly unknown[]>;
  /** Texts by key. */
  archive(): Promise<ReadonlyMap<string, string>>;
  /** Messages by their state. */
  queue(): QueueCounts;
  deadLetterQueue(): QueueCounts;
}

export interface StackNames {
  readonly eventsTable: string;
  readonly transactionsTable: string;
  readonly streamArn: string;
  readonly queue: QueueName;
  readonly deadLetterQueue: QueueName;
  readonly resultsTopicArn: string;
  readonly alertsTopicArn: string;
  readonly archiveBucket: string;
}

export interface QueueName {
  readonly url: string;
  readonly arn: string;
}

export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export async function createStack(
  parts: {
    readonly dynamodb: DynamoDBClient;
    readonly sqs: RunningSqs;
    readonly snsAndS3: LocalSnsAndS3;
    readonly endpoints: Endpoints;
  },
  options: StackOptions,
): Promise<Stack> {
  const { sqs, snsAndS3 } = parts;
  const { suffix } = options;
  const eventsTable = `webhook-events-${suffix}`;
  const transactionsTable = `transactions-${suffix}`;
  const archiveBucket = `webhook-archive-${suffix}`;
  const mode = options.transactionsSort === true ? "journal" : "state";
  const [{ streamArn }, , resultsTopicArn, alertsTopicArn] = await Promise.all([
    createEventsTable(parts.dynamodb, eventsTable, options.eventsKey),
    createTransactionsTable(parts.dynamodb, transactionsTable, mode),
    snsAndS3.createTopic(`webhook-results-${suffix}`),
    snsAndS3.createTopic(`webhook-alerts-${suffix}`),
    snsAndS3.createBucket(archiveBucket),
  ]);
  const { queue, deadLetterQueue } = createQueues(sqs, suffix);
  const names: StackNames = {
    eventsTable,
    transactionsTable,
    streamArn,
    queue,
    deadLetterQueue,
    resultsTopicArn,
    alertsTopicArn,
    archiveBucket,
  };
  return {
    names,
    environment: environmentOf(names, suffix, options.through ?? parts.endpoints, options.config),
    published: async () => parsed(await snsAndS3.published(resultsTopicArn)),
    alerts: async () => parsed(await snsAndS3.published(alertsTopicArn)),
    archive: () => snsAndS3.objects(archiveBucket),
    queue: () => countsOf(sqs, queue.url),
    deadLetterQueue: () => countsOf(sqs, deadLetterQueue.url),
  };
}

/** The FIFO queue in high-throughput mode and its dead-letter queue, with the times and counts of the deployment. */
function createQueues(sqs: RunningSqs, suffix: string): Pick<StackNames, "queue" | "deadLetterQueue"> {
  const both = {
    FifoQueue: "true",
    ContentBasedDeduplication: "false",
    DeduplicationScope: "messageGroup",
    FifoThroughputLimit: "perMessageGroupId",
    VisibilityTimeout: "300",
    MessageRetentionPeriod: "1209600",
  };
  const deadLetterQueue = sqs.createQueue(`webhook-dead-letters-${suffix}.fifo`, both);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetterQueue.arn, maxReceiveCount: 3 });
  return { queue: sqs.createQueue(`webhook-queue-${suffix}.fifo`, { ...both, RedrivePolicy }), deadLetterQueue };
}

function environmentOf(names: StackNames, suffix: string, to: Endpoints, config: string | undefined) {
  // The SDK sends to the host of the queue's URL.
  const urlThere = ({ url }: QueueName) => new URL(new URL(url).pathname, to.sqs).href;
  return {
    [VARIABLES.eventsTable]: names.eventsTable,
    [VARIABLES.transactionsTable]: names.transactionsTable,
    [VARIABLES.queueUrl]: urlThere(names.queue),
    [VARIABLES.deadLetterQueueUrl]: urlThere(names.deadLetterQueue),
    [VARIABLES.resultsTopicArn]: names.resultsTopicArn,
    [VARIABLES.alertsTopicArn]: names.alertsTopicArn,
    [VARIABLES.archiveBucket]: names.archiveBucket,
    [VARIABLES.secretsPrefix]: `strongroom-${suffix}/`,
    ...(config === undefined ? {} : { [VARIABLES.config]: config }),
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: to.dynamodb,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: to.dynamodb,
    AWS_ENDPOINT_URL_SQS: to.sqs,
    AWS_ENDPOINT_URL_SNS: to.sns,
    AWS_ENDPOINT_URL_S3: to.s3,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: to.secretsManager,
  };
}

function parsed(messages: readonly Published[]): readonly unknown[] {
  return messages.map(({ message }) => JSON.parse(message) as unknown);
}

function countsOf(sqs: RunningSqs, url: string): QueueCounts {
  const states = sqs.messages(url).map(({ state }) => state);
  const count = (wanted: string) => states.filter((state) => state === wanted).length;
  return { visible: count("visible"), inFlight: count("in flight"), delayed: count("delayed") };
}
