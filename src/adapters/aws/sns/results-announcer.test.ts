import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { paymentEvent } from "../../../../test/support/payment-events.ts";
import { type Announcement, announce } from "../../../domain/announcement.ts";
import { StoreError } from "../../../domain/errors.ts";
import type { PaymentEvent } from "../../../domain/payment-event.ts";
import type { SnsCalls } from "../calls/aws-calls.ts";
import { openSnsCalls } from "../calls/sdk-sns.ts";
import { openResultsAnnouncer } from "./results-announcer.ts";

describe("the results topic", () => {
  let server: FauxqsServer;
  let calls: string[];
  let sns: SnsCalls;

  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID ??= "local";
    process.env.AWS_SECRET_ACCESS_KEY ??= "local";
    server = await startFauxqs({ port: 0, logger: false });
    const real = openSnsCalls({ region: "us-east-1", endpoint: server.address });
    sns = (operation, input) => {
      calls.push(operation);
      return real(operation, input);
    };
  });
  afterAll(() => server.stop());

  let topics = 0;
  function openTopic(suffix: "" | ".fifo" = "") {
    const name = `results-${++topics}${suffix}`;
    const attributes = suffix === "" ? {} : { FifoTopic: "true" };
    const queueAttributes: Record<string, string> = suffix === "" ? {} : { FifoQueue: "true" };
    const { topicArn } = server.createTopic(name, { attributes });
    server.createQueue(name, { attributes: queueAttributes });
    server.subscribe({ topic: name, queue: name });
    calls = [];
    return {
      announcer: openResultsAnnouncer({ sns, topicArn }),
      received: () =>
        (server.inspectQueue(name)?.messages.ready ?? []).map((message) => ({
          ...(JSON.parse(message.body) as { Message: string; MessageAttributes: Record<string, { Value: string }> }),
          group: message.messageGroupId,
          deduplication: message.messageDeduplicationId,
        })),
    };
  }

  it("is told at once what everybody at work has to tell, in one request, and waits for none who has gone", async () => {
    const { announcer } = openTopic();
    const leave = [announcer.enter(), announcer.enter(), announcer.enter()];
    const tell = () => announcer.announce(announcementOf(paymentEvent()), 0);
    const first = tell();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(calls).toEqual([]);
    const second = tell();
    leave[2]?.();
    await Promise.all([first, second]);
    expect(calls).toEqual(["PublishBatch"]);
    for (const one of leave.slice(0, 2)) one();

    leave.push(announcer.enter());
    const alone = tell();
    expect(calls).toEqual(["PublishBatch", "Publish"]);
    await alone;
  });

  it("is told each announcement as JSON, with what subscribers filter by", async () => {
    const { announcer, received } = openTopic();
    const announcement = announcementOf(paymentEvent("refund.succeeded", { source: "shop-eu", refundId: "ré" }));
    await announcer.announce(announcement, 0);
    const [message] = received();
    expect(JSON.parse(message?.Message ?? "")).toEqual(announcement);
    expect(Object.entries(message?.MessageAttributes ?? {}).map(([name, { Value }]) => [name, Value])).toEqual([
      ["provider", "generic"],
      ["kind", "refund"],
      ["type", "refund.succeeded"],
      ["source", "shop-eu"],
    ]);
    expect(calls).toEqual(["Publish"]);
  });

  it("is told of several at once in batches of ten", async () => {
    const { announcer, received } = openTopic();
    const announcements = Array.from({ length: 21 }, () => announcementOf(paymentEvent()));
    await Promise.all(announcements.map((one) => announcer.announce(one, 0)));
    expect(calls).toEqual(["PublishBatch", "PublishBatch", "Publish"]);
    expect(received().map(({ Message }) => JSON.parse(Message))).toEqual(announcements);
  });

  it("gets no batch over 256 KiB", async () => {
    const { announcer, received } = openTopic();
    const large = Array.from({ length: 3 }, () =>
      announcementOf(paymentEvent("other", { providerType: "x".repeat(1e5) })),
    );
    await Promise.all(large.map((one) => announcer.announce(one, 0)));
    expect(calls).toEqual(["PublishBatch", "Publish"]);
    expect(received()).toHaveLength(3);
  });

  it("keeps each payment in order where it is FIFO, and hears an announcement once but every replay", async () => {
    const { announcer, received } = openTopic(".fifo");
    const event = paymentEvent("payment.succeeded", { transactionId: "shop:pay_1" });
    const replayed = announce(event, { effect: "none", status: "succeeded", replay: true });
    const other = paymentEvent("other");
    await announcer.announce(announcementOf(event), 0);
    await announcer.announce(announcementOf(event), 1);
    await announcer.announce(replayed, 1);
    await announcer.announce(replayed, 1);
    await announcer.announce(replayed, 2);
    await announcer.announce(announcementOf(other), 0);
    expect(received().map(({ group, deduplication }) => [group, deduplication])).toEqual([
      [sha256("shop:pay_1"), sha256(event.eventId)],
      [sha256("shop:pay_1"), sha256(`${event.eventId}\n1`)],
      [sha256("shop:pay_1"), sha256(`${event.eventId}\n2`)],
      [sha256(other.eventId), sha256(other.eventId)],
    ]);
  });

  it("that is not there fails the announcements with a StoreError, one by one and together", async () => {
    openTopic();
    const announcer = openResultsAnnouncer({ sns, topicArn: "arn:aws:sns:us-east-1:000000000000:missing" });
    await expect(announcer.announce(announcementOf(paymentEvent()), 0)).rejects.toThrow(StoreError);
    const both = [1, 2].map(() => announcer.announce(announcementOf(paymentEvent()), 0));
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it("fails only what it did not take of a batch, or says nothing of", async () => {
    const endpoint = await answering(
      `<PublishBatchResponse><PublishBatchResult>
         <Successful><member><Id>0</Id><MessageId>m</MessageId></member></Successful>
         <Failed><member><Id>1</Id><Code>InternalError</Code><SenderFault>false</SenderFault></member></Failed>
       </PublishBatchResult></PublishBatchResponse>`,
    );
    const topicArn = "arn:aws:sns:us-east-1:000000000000:results";
    const announcer = openResultsAnnouncer({ sns: openSnsCalls({ region: "us-east-1", endpoint }), topicArn });
    const three = [1, 2, 3].map(() => announcer.announce(announcementOf(paymentEvent()), 0));
    expect(await Promise.allSettled(three)).toEqual([
      { status: "fulfilled", value: undefined },
      { status: "rejected", reason: new StoreError("unavailable", "SNS did not take a message: InternalError") },
      { status: "rejected", reason: new StoreError("unavailable", "SNS did not take a message: no word of it") },
    ]);
  });

  it("is left alone where there is none", async () => {
    openTopic();
    await openResultsAnnouncer({ sns, topicArn: null }).announce(announcementOf(paymentEvent()), 0);
    expect(calls).toEqual([]);
  });
});

function announcementOf(event: PaymentEvent): Announcement {
  return announce(event, { effect: "applied", status: "succeeded", replay: false });
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A server that gives every request the same XML. */
async function answering(xml: string): Promise<string> {
  const stub = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(200, { "content-type": "text/xml" }).end(xml));
  });
  await new Promise<void>((resolve) => stub.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    stub.close();
    stub.closeAllConnections();
  });
  return `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
}
