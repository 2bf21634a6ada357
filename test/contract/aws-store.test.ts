import { DeleteMessageBatchCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe } from "vitest";
import { type LightServices, openLightCalls } from "../../src/adapters/aws/calls/light-calls.ts";
import { openDynamoDbCalls } from "../../src/adapters/aws/calls/sdk-dynamodb.ts";
import { openSnsCalls } from "../../src/adapters/aws/calls/sdk-sns.ts";
import { openSqsCalls } from "../../src/adapters/aws/calls/sdk-sqs.ts";
import { openEventItems } from "../../src/adapters/aws/dynamodb/event-items.ts";
import { openLedgerItems } from "../../src/adapters/aws/dynamodb/ledger-items.ts";
import { openEventStore } from "../../src/adapters/aws/event-store.ts";
import { openLedger } from "../../src/adapters/aws/settle.ts";
import { openResultsAnnouncer } from "../../src/adapters/aws/sns/results-announcer.ts";
import { openClaimedBatch, type QueueRecord } from "../../src/adapters/aws/sqs/claimed-batch.ts";
import { openDeadLetterSender } from "../../src/adapters/aws/sqs/dead-letter-sender.ts";
import { openQueueSender } from "../../src/adapters/aws/sqs/queue-sender.ts";
import type { Announcement } from "../../src/domain/announcement.ts";
import type { Attempts, Claim } from "../../src/ports/queue.ts";
import { CREDENTIALS, REGION } from "../support/aws/client-settings.ts";
import { isAvailable, UNAVAILABLE } from "../support/aws/dynamodb.ts";
import { type LocalAws, startLocalAws } from "../support/aws/local-aws.ts";
import type { Stack } from "../support/aws/stack.ts";
import { clock } from "../support/embedded.ts";
import { describeStore, type StorePorts } from "./store-contract.ts";

if (!isAvailable()) console.warn(UNAVAILABLE);

describe.runIf(isAvailable())("on AWS", () => {
  let aws: LocalAws;
  let stacks = 0;
  beforeAll(async () => {
    aws = await startLocalAws();
  });
  afterAll(() => aws.stop());

  for (const [client, openCalls] of Object.entries({ "the SDK": throughSdk, "the light client": light })) {
    describeStore(`DynamoDB, SQS and SNS by ${client}`, async () => {
      const stack = await aws.createStack({ suffix: `contract-${++stacks}` });
      return {
        open: async () => openPorts(aws, stack, openCalls(aws)),
        // The emulators end with the file.
        remove: async () => {},
      };
    });
  }
});

type Calls = Pick<LightServices, "dynamodb" | "sqs" | "sns">;

function throughSdk({ endpoints }: LocalAws): Calls {
  const to = (endpoint: string) => ({ endpoint, region: REGION, credentials: CREDENTIALS });
  return {
    dynamodb: openDynamoDbCalls(to(endpoints.dynamodb)),
    sqs: openSqsCalls(to(endpoints.sqs)),
    sns: openSnsCalls(to(endpoints.sns)),
  };
}

function light({ endpoints }: LocalAws): Calls {
  const open = <Service extends keyof Calls>(service: Service) =>
    openLightCalls({ service, endpoint: endpoints[service], region: REGION, credentials: () => CREDENTIALS });
  return { dynamodb: open("dynamodb"), sqs: open("sqs"), sns: open("sns") };
}

function openPorts(aws: LocalAws, stack: Stack, { dynamodb: dynamo, sqs, sns }: Calls): StorePorts {
  const { names } = stack;
  const items = openEventItems({ dynamo, table: names.eventsTable, clock, retentionMs: 86_400_000_000 });
  const sender = openQueueSender({ sqs, queueUrl: names.queue.url, trace: () => undefined });
  const store = openEventStore({ items, sender });
  const ledgerItems = openLedgerItems({ dynamo, table: names.transactionsTable, sortKey: null, clock });
  const announcer = openResultsAnnouncer({ sns, topicArn: names.resultsTopicArn });
  const ledger = openLedger({ ledgerItems, events: items, announcer, clock });
  const deadLetters = openDeadLetterSender({ sqs, queueUrl: names.deadLetterQueue.url });
  const batchOf = (records: readonly QueueRecord[]) =>
    openClaimedBatch({ sqs, queueUrl: names.queue.url, items, ledger, deadLetters }, records);
  const batches = new Map<Claim["receipt"], Attempts>();
  // After a new start the message is not ours any more, and its attempt can be begun all the same.
  const attemptsOf = ({ receipt }: Claim) => batches.get(receipt) ?? batchOf([]).attempts;

  return {
    events: store,
    requeue: store,
    ledger,
    attempts: {
      begin: (claim, startedAt) => attemptsOf(claim).begin(claim, startedAt),
      retry: (claim, failure, delayMs) => attemptsOf(claim).retry(claim, failure, delayMs),
      giveUp: (claim, failure) => attemptsOf(claim).giveUp(claim, failure),
    },
    async take(limit) {
      const claims: Claim[] = [];
      while (claims.length < limit) {
        const batch = batchOf(await receive(aws, names.queue.url, Math.min(10, limit - claims.length)));
        const taken = batch.groups.flat().flatMap(({ claim }) => (claim === null ? [] : [claim]));
        if (taken.length === 0) break;
        for (const claim of taken) batches.set(claim.receipt, batch.attempts);
        claims.push(...taken);
      }
      return claims;
    },
    announced: async () => (await stack.published()) as readonly Announcement[],
    close: async () => {},
  };
}

/** Takes messages off the queue for good, as a function whose batch succeeded. */
async function receive({ clients }: LocalAws, url: string, limit: number): Promise<readonly QueueRecord[]> {
  const { Messages: messages = [] } = await clients.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: limit,
      MessageSystemAttributeNames: ["All"],
    }),
  );
  if (messages.length === 0) return [];
  const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await clients.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
  return messages.map((message) => ({
    messageId: message.MessageId as string,
    receiptHandle: message.ReceiptHandle as string,
    body: message.Body as string,
    attributes: message.Attributes ?? {},
  }));
}
