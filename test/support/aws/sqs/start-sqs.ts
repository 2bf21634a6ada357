import { EventEmitter } from "node:events";
import { type AwsJsonAnswer, type AwsJsonRequest, startAwsJsonServer } from "./aws-json-server.ts";
import { openMoveTasks } from "./move-tasks.ts";
import { openOperations, type SqsOperations } from "./operations.ts";
import { openQueueSet } from "./queue-set.ts";
import { SqsError, wireForm } from "./sqs-error.ts";
import { type MessageState, stateOf } from "./stored-message.ts";

/** Amazon SQS for tests, in memory and on loopback, with the rules of FIFO queues as AWS documents them. */
export interface RunningSqs {
  readonly endpoint: string;
  /** As the operation of that name; `FifoQueue` is added for a name that ends in `.fifo`. Throws an `SqsError`. */
  createQueue(
    name: string,
    attributes?: Readonly<Record<string, string>>,
  ): { readonly url: string; readonly arn: string };
  /** Everything in a queue (by URL or name), in flight or not, in the order of arrival. */
  messages(queueUrl: string): readonly QueuedMessage[];
  /** Empties a queue, as often as one likes; what was sent to it stays remembered for the deduplication. */
  purge(queueUrl: string): void;
  /** Puts the clock of all queues forward. */
  advance(ms: number): void;
  /** Ends with waiting polls answered or broken off. */
  stop(): Promise<void>;
}

/** A message as a test sees it; receiving nothing, it changes nothing. Times in epoch milliseconds. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly groupId: string | null;
  readonly deduplicationId: string | null;
  readonly state: MessageState;
  /** Receives in all queues. */
  readonly receiveCount: number;
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly deadLetterSourceArn: string | null;
  readonly traceHeader: string | null;
}

/** `now`: epoch milliseconds; the wait of a long poll goes by the real clock all the same. */
export async function startSqs(options: { readonly now?: () => number } = {}): Promise<RunningSqs> {
  const clock = options.now ?? Date.now;
  let ahead = 0;
  const now = () => clock() + ahead;
  const changes = new EventEmitter().setMaxListeners(0);
  const server = await startAwsJsonServer({ target: "AmazonSQS", version: "1.0", answer });
  const queues = openQueueSet({ endpoint: server.endpoint, now });
  const operations = openOperations({ queues, moveTasks: openMoveTasks(queues, now), now, changes });

  return {
    endpoint: server.endpoint,
    createQueue(name, attributes = {}) {
      const { url, arn } = queues.create(name, {
        ...(name.endsWith(".fifo") ? { FifoQueue: "true" } : {}),
        ...attributes,
      });
      return { url, arn };
    },
    messages: (queueUrl) =>
      queues
        .get(queueUrl)
        .messages()
        .map((message) => ({
          messageId: message.id,
          body: message.content.body,
          groupId: message.content.groupId ?? null,
          deduplicationId: message.content.deduplicationId ?? null,
          state: stateOf(message, now()),
          receiveCount: message.receives,
          sentAt: message.sentAt,
          visibleAt: message.visibleAt,
          deadLetterSourceArn: message.deadLetterSourceArn,
          traceHeader: message.content.traceHeader ?? null,
        })),
    purge(queueUrl) {
      queues.get(queueUrl).purge();
    },
    advance(ms) {
      ahead += ms;
      changes.emit("change");
    },
    stop: server.stop,
  };

  async function answer({ operation, input, headers, signal }: AwsJsonRequest): Promise<AwsJsonAnswer> {
    try {
      const run = Object.hasOwn(operations, operation) ? operations[operation as keyof SqsOperations] : undefined;
      if (run === undefined)
        throw new SqsError("InvalidAction", `The action ${operation} is not valid for this endpoint.`);
      const body = await run(input as never, signal);
      changes.emit("change");
      return { status: 200, body };
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      const { status, type, query } = wireForm(error);
      // The code of the older protocol comes only when it is asked for.
      const compatible = headers["x-amzn-query-mode"] === "true" ? { "x-amzn-query-error": query } : {};
      return { status, body: { __type: type, message: error.message }, headers: compatible };
    }
  }
}
