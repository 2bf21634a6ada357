import { GetObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { clientSettings, REGION } from "./client-settings.ts";

/** SNS topics and S3 buckets, in memory and in this process, on one endpoint. */
export interface LocalSnsAndS3 {
  readonly endpoint: string;
  /** Makes a topic, and a queue behind it that keeps whatever is published; gives the topic's ARN. */
  createTopic(name: string): Promise<string>;
  createBucket(name: string): Promise<void>;
  /** Everything published to a topic so far, first published first. */
  published(topicArn: string): Promise<readonly Published[]>;
  /** The objects of a bucket as text, by key. */
  objects(bucket: string): Promise<ReadonlyMap<string, string>>;
  stop(): Promise<void>;
}

export interface Published {
  /** The text as it was published. */
  readonly message: string;
  /** Message attributes, their values as text. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly subject: string | null;
}

export async function startSnsAndS3(): Promise<LocalSnsAndS3> {
  // Its own start listens on every interface.
  const app = buildApp({ logger: false, defaultRegion: REGION });
  const endpoint = await app.listen({ port: 0, host: "127.0.0.1" });
  const settings = clientSettings(endpoint);
  const sns = new SNSClient(settings);
  const sqs = new SQSClient(settings);
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  return {
    endpoint,
    async createTopic(name) {
      const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name }));
      await sqs.send(new CreateQueueCommand({ QueueName: watcherOf(name) }));
      const Endpoint = `arn:aws:sqs:${REGION}:000000000000:${watcherOf(name)}`;
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }));
      return TopicArn as string;
    },
    async createBucket(name) {
      const answer = await fetch(`${endpoint}/${name}`, { method: "PUT" });
      if (!answer.ok) throw new Error(`The bucket ${name} was not made: ${answer.status}.`);
    },
    async published(topicArn) {
      const name = topicArn.slice(topicArn.lastIndexOf(":") + 1);
      const answer = await fetch(`${endpoint}/_fauxqs/queues/${watcherOf(name)}`);
      if (!answer.ok) throw new Error(`The topic ${name} was not made here.`);
      const { messages } = (await answer.json()) as { messages: { ready: readonly { body: string }[] } };
      return messages.ready.map(({ body }) => publishedIn(JSON.parse(body)));
    },
    async objects(bucket) {
      const found = new Map<string, string>();
      for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
        for (const { Key } of Contents) {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
          found.set(Key as string, (await Body?.transformToString()) ?? "");
        }
      }
      return found;
    },
    async stop() {
      for (const client of [sns, sqs, s3]) client.destroy();
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

function watcherOf(topic: string): string {
  return `published-to-${topic.replace(".", "-")}`;
}

/** The envelope of a delivery to a queue. Source: SNS developer guide, "Fanout to Amazon SQS queues". */
interface Envelope {
  readonly Message: string;
  readonly Subject?: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly Value: string }>>;
}

function publishedIn({ Message, Subject, MessageAttributes = {} }: Envelope): Published {
  const attributes = Object.entries(MessageAttributes).map(([name, { Value }]) => [name, Value] as const);
  return { message: Message, attributes: Object.fromEntries(attributes), subject: Subject ?? null };
}
