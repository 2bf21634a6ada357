import { randomUUID } from "node:crypto";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { Invocable } from "../../support/aws/invocable.ts";
import type { FunctionsWorld } from "./functions-world.ts";
import { received, withAnswers } from "./invoked.ts";

const FAILURE = { error: "the handler refuses it", endedAt: Date.now() };

export function describeArchiver(world: () => FunctionsWorld): void {
  let receiver: Invocable;
  let archiver: Invocable;
  beforeAll(async () => {
    receiver = await world().open("receiver");
    archiver = await world().open("archiver");
  });
  const names = () => world().stack.names;
  beforeEach(() => {
    for (const queue of [names().queue, names().deadLetterQueue]) world().aws.sqs.purge(queue.url);
  });
  afterEach(() => world().proxy.plan(null));

  /** An event that waits and whose message is in the dead-letter queue. */
  const buried = async (over: object = {}) => {
    const { event } = await received(world(), receiver, { eventId: `evt_${randomUUID()}`, paymentId: randomUUID() });
    world().aws.sqs.purge(names().queue.url);
    await bury({ event, generation: 0, replay: false, ...over });
    return event;
  };
  const bury = (message: object) =>
    world().aws.clients.sqs.send(
      new SendMessageCommand({
        QueueUrl: names().deadLetterQueue.url,
        MessageBody: JSON.stringify(message),
        MessageGroupId: "group",
        MessageDeduplicationId: randomUUID(),
      }),
    );
  const poll = async () => {
    const watched = withAnswers(archiver);
    await world().mapping("deadLetterQueue", watched).poll();
    return watched.answers[0]?.batchItemFailures.length;
  };
  const left = () => world().aws.sqs.messages(names().deadLetterQueue.url);
  const alertsOf = async (target: string) =>
    ((await world().stack.alerts()) as readonly { kind: string; target: string }[])
      .filter((alert) => alert.target === target)
      .map(({ kind }) => kind);
  const archivedOf = async (eventId: string) =>
    [...(await world().stack.archive())].filter(([, content]) => content.includes(eventId));

  it("archives what was parked, under the date of its receipt, and tells of it", async () => {
    const event = await buried({ failure: FAILURE });
    expect(await poll()).toBe(0);
    const [[key, content] = ["", ""]] = await archivedOf(event.eventId);
    const day = event.receivedAt.slice(0, 10).replaceAll("-", "/");
    expect(key).toBe(`stripe/${day}/${event.providerEventId}.json`);
    expect(JSON.parse(content)).toMatchObject({ eventId: event.eventId, payload: { id: event.providerEventId } });
    expect(await alertsOf(event.eventId)).toEqual(["event.dead"]);
    expect(left()).toEqual([]);

    await bury({ event, generation: 0, replay: false, failure: FAILURE });
    expect(await poll()).toBe(0);
    expect(await alertsOf(event.eventId)).toEqual(["event.dead"]);
  });

  it("puts an event back that nothing was wrong with", async () => {
    const event = await buried();
    expect(await poll()).toBe(0);
    const back = world()
      .aws.sqs.messages(names().queue.url)
      .map(({ body }) => JSON.parse(body));
    expect(back).toMatchObject([{ event: { eventId: event.eventId }, returns: 1 }]);
    expect(await archivedOf(event.eventId)).toEqual([]);
    expect(await alertsOf(event.eventId)).toEqual([]);
  });

  it("leaves a message alone that is none of ours, and tells of it", async () => {
    await bury({ of: "somebody else" });
    const [foreign] = left();
    expect(await poll()).toBe(1);
    expect(left().map(({ messageId }) => messageId)).toEqual([foreign?.messageId]);
    expect(await alertsOf(foreign?.messageId ?? "")).toEqual(["archive.failed"]);
  });

  it("leaves the message where it is and tells of it while S3 is down, and archives it then", async () => {
    const event = await buried({ failure: FAILURE });
    world().proxy.plan(({ service }) => (service === "s3" ? { kind: "fail-before", as: "unavailable" } : null));
    expect(await poll()).toBe(1);
    expect(left()).toHaveLength(1);
    expect(await alertsOf(event.eventId)).toEqual(["archive.failed"]);
    world().proxy.plan(null);
    world().aws.sqs.advance(301_000);
    expect(await poll()).toBe(0);
    expect(await archivedOf(event.eventId)).toHaveLength(1);
    expect(await alertsOf(event.eventId)).toEqual(["archive.failed", "event.dead"]);
  });

  it("lets a dead event leave the queue only when the topic has been told of it", async () => {
    const event = await buried({ failure: FAILURE });
    world().proxy.plan(({ service }) => (service === "sns" ? { kind: "fail-before", as: "unavailable" } : null));
    expect(await poll()).toBe(1);
    expect(left()).toHaveLength(1);
    world().proxy.plan(null);
    world().aws.sqs.advance(301_000);
    expect(await poll()).toBe(0);
    expect(await alertsOf(event.eventId)).toContain("event.dead");
  });
}
