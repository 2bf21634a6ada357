import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SendMessageCommandOutput,
  SQSClient,
} from "@aws-sdk/client-sqs";

/** One queue through the real SDK client, which tries everything once. */
export interface QueueClient {
  readonly url: string;
  /** In a FIFO queue the body is also the deduplication id, unless `more` says otherwise. */
  send(
    body: string,
    group?: string,
    more?: Partial<SendMessageCommandInput>,
  ): Promise<Pick<SendMessageCommandOutput, "MessageId" | "SequenceNumber">>;
  /** Ten at most, with all attributes. */
  receive(more?: Partial<ReceiveMessageCommandInput>): Promise<readonly Message[]>;
  /** As `receive`, but only the bodies. */
  bodies(more?: Partial<ReceiveMessageCommandInput>): Promise<readonly string[]>;
  delete(...messages: readonly (Message | undefined)[]): Promise<void>;
  changeVisibility(message: Message | undefined, seconds: number): Promise<void>;
  attributes(): Promise<Readonly<Record<string, string>>>;
}

export function openSqsClient(endpoint: string): SQSClient {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return new SQSClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
}

export function openQueueClient(sqs: SQSClient, url: string): QueueClient {
  const QueueUrl = url;
  const client: QueueClient = {
    url,
    async send(body, group, more = {}) {
      const fifo = group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: body };
      const { MessageId, SequenceNumber } = await sqs.send(
        new SendMessageCommand({ QueueUrl, MessageBody: body, ...fifo, ...more }),
      );
      return { MessageId, SequenceNumber };
    },
    async receive(more = {}) {
      const attributes = { MessageSystemAttributeNames: ["All" as const], MessageAttributeNames: ["All"] };
      const input = { QueueUrl, MaxNumberOfMessages: 10, ...attributes, ...more };
      return (await sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];
    },
    bodies: async (more) => (await client.receive(more)).map(({ Body }) => Body ?? ""),
    async delete(...messages) {
      for (const message of messages) {
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
      }
    },
    async changeVisibility(message, seconds) {
      const ReceiptHandle = message?.ReceiptHandle;
      await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: seconds }));
    },
    async attributes() {
      return (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }))).Attributes ?? {};
    },
  };
  return client;
}
