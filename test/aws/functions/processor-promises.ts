import { randomUUID } from "node:crypto";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { Invocable } from "../../support/aws/invocable.ts";
import type { FunctionsWorld } from "./functions-world.ts";
import { received, withAnswers } from "./invoked.ts";
import { SECRET } from "./stripe-delivery.ts";

export function describeProcessor(world: () => FunctionsWorld, config: string): void {
  let receiver: Invocable;
  let plain: Invocable;
  let withHandler: Invocable;
  beforeAll(async () => {
    receiver = await world().open("receiver");
    plain = await world().open("processor");
    const path = await world().config(config.replace("processor: {", "processor: { handler: ./handler.mjs,"));
    withHandler = await world().open("processor", { STRONGROOM_CONFIG: path });
  });
  const queueUrl = () => world().stack.names.queue.url;
  beforeEach(() => world().aws.sqs.purge(queueUrl()));
  afterEach(() => world().proxy.plan(null));

  const send = (id: string, paymentId: string) =>
    received(world(), receiver, { eventId: `${id}_${randomUUID()}`, paymentId });
  const poll = async (target: Invocable) => {
    const watched = withAnswers(target);
    await world().mapping("queue", watched).poll();
    return watched.answers[0]?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  const left = () => world().aws.sqs.messages(queueUrl());
  /** From now on by the queue's own clock, which a message that is sent now shows. */
  const hiddenSeconds = async (messageId: string) => {
    await put("a message to see the time by", "clock");
    const sentAt = left().at(-1)?.sentAt ?? 0;
    const { visibleAt = 0 } = left().find((message) => message.messageId === messageId) ?? {};
    return Math.round((visibleAt - sentAt) / 1000);
  };
  const put = (MessageBody: string, MessageGroupId: string) => {
    const MessageDeduplicationId = randomUUID();
    const message = { QueueUrl: queueUrl(), MessageBody, MessageGroupId, MessageDeduplicationId };
    return world().aws.clients.sqs.send(new SendMessageCommand(message));
  };

  it("keeps a payment whose handler failed, with the events behind it, and nothing of the other payments", async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    const refused = await send("evt_refused", one);
    const behind = await send("evt_behind", one);
    await send("evt_other", other);
    expect(await poll(withHandler)).toEqual([refused.messageId, behind.messageId]);
    expect(left().map(({ messageId }) => messageId)).toEqual([refused.messageId, behind.messageId]);
    // The first has to come first again.
    world().aws.sqs.advance(2_000);
    expect(await poll(withHandler)).toEqual([refused.messageId, behind.messageId]);
    world().aws.sqs.advance(4_000);
    expect(await poll(withHandler)).toEqual([]);
    expect(left()).toEqual([]);
    const parked = world().aws.sqs.messages(world().stack.names.deadLetterQueue.url);
    expect(parked.map(({ body }) => JSON.parse(body).event.eventId)).toEqual([refused.event.eventId]);
    world().aws.sqs.purge(world().stack.names.deadLetterQueue.url);
  });

  it("hides a payment whose handler failed for the configured time, and not for the queue's five minutes", async () => {
    const { messageId } = await send("evt_refused", randomUUID());
    await poll(withHandler);
    const seconds = await hiddenSeconds(messageId);
    expect([1, 2]).toContain(seconds);
  });

  it("keeps what it cannot read, says so in its log without its content, and takes the rest", async () => {
    await put('{"secret":"of somebody"}', "foreign");
    const [foreign] = left();
    await send("evt_fine", randomUUID());
    for (const target of [plain, withHandler]) {
      expect(await poll(target)).toEqual([foreign?.messageId]);
      expect(left()).toHaveLength(1);
      const log = target.logs().join("\n");
      expect(log).toContain("none of ours");
      expect(log).not.toContain("of somebody");
      world().aws.sqs.advance(301_000);
    }
  });

  it("keeps a payment that DynamoDB could not take for half a minute, and processes it then", async () => {
    const [broken, fine] = [randomUUID(), randomUUID()];
    const kept = await send("evt_kept", broken);
    await send("evt_taken", fine);
    world().proxy.plan(({ operation, input }) =>
      operation === "PutItem" && JSON.stringify(input).includes(broken)
        ? { kind: "fail-before", as: "unavailable" }
        : null,
    );
    expect(await poll(plain)).toEqual([kept.messageId]);
    expect(await hiddenSeconds(kept.messageId)).toBe(30);
    world().aws.sqs.advance(30_000);
    world().proxy.plan(null);
    await poll(plain);
    expect(left().map(({ groupId }) => groupId)).toEqual(["clock"]);
  });

  it("counts what it processed by effect, and writes no payload and no secret", async () => {
    const before = plain.logs().length;
    await send("evt_counted", randomUUID());
    await poll(plain);
    const lines = plain.logs().slice(before);
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ effect: "applied", strongroom_processed_total: 1 }),
    );
    expect(lines.join("\n")).not.toContain("payment_intent");
    expect(lines.join("\n")).not.toContain(SECRET);
  });
}
