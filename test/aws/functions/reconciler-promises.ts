import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Invocable } from "../../support/aws/invocable.ts";
import type { FunctionsWorld } from "./functions-world.ts";
import { received } from "./invoked.ts";

export function describeReconciler(world: () => FunctionsWorld): void {
  let receiver: Invocable;
  let reconciler: Invocable;
  beforeAll(async () => {
    receiver = await world().open("receiver");
    reconciler = await world().open("reconciler");
  });
  const queueUrl = () => world().stack.names.queue.url;
  const queued = () => world().aws.sqs.messages(queueUrl());
  // What other tests left waiting is put on the queue and taken off it.
  beforeEach(() => world().aws.sqs.purge(queueUrl()));
  afterEach(() => {
    vi.useRealTimers();
  });
  const later = (ms: number) => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
    // Past the time in which the queue knows a message again.
    world().aws.sqs.advance(ms);
  };

  it("queues what was stored and is not in the queue", async () => {
    const { event } = await received(world(), receiver, { eventId: `evt_${randomUUID()}`, paymentId: randomUUID() });
    world().aws.sqs.purge(queueUrl());
    later(301_000);
    expect(await reconciler.invoke({})).toMatchObject({ repaired: expect.any(Number), left: 0 });
    expect(queued().filter(({ body }) => body.includes(event.eventId))).toHaveLength(1);
    expect(reconciler.logs().join("\n")).toContain("stored and not queued");
  });

  it("leaves alone what waits while the queue has messages to hand out", async () => {
    const { event } = await received(world(), receiver, { eventId: `evt_${randomUUID()}`, paymentId: randomUUID() });
    world().aws.sqs.purge(queueUrl());
    await received(world(), receiver, { eventId: `evt_${randomUUID()}`, paymentId: randomUUID() });
    later(301_000);
    const { repaired, left } = (await reconciler.invoke({})) as { repaired: number; left: number };
    expect([repaired, left > 0]).toEqual([0, true]);
    expect(queued().some(({ body }) => body.includes(event.eventId))).toBe(false);
  });

  it("measures what waits and what is dead", async () => {
    await received(world(), receiver, { eventId: `evt_${randomUUID()}`, paymentId: randomUUID() });
    later(120_000);
    await reconciler.invoke({});
    const gauges = JSON.parse(reconciler.logs().at(-1) ?? "{}") as Record<string, number>;
    expect(gauges).toMatchObject({
      strongroom_backlog: expect.any(Number),
      strongroom_dead_letters: expect.any(Number),
    });
    expect(gauges.strongroom_backlog).toBeGreaterThan(0);
    expect(gauges.strongroom_oldest_pending_seconds).toBeGreaterThanOrEqual(120);
  });
}
