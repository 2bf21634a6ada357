import { randomUUID } from "node:crypto";
import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { beforeAll, expect, it } from "vitest";
import type { Invocable } from "../../support/aws/invocable.ts";
import { openStreamMapping } from "../../support/aws/stream-mapping.ts";
import { EXPIRY } from "../../support/aws/stream-record.ts";
import type { FunctionsWorld } from "./functions-world.ts";
import { received } from "./invoked.ts";

export function describeAuditor(world: () => FunctionsWorld): void {
  let receiver: Invocable;
  let auditor: Invocable;
  beforeAll(async () => {
    receiver = await world().open("receiver");
    auditor = await world().open("auditor");
  });

  const remove = (eventId: string) => {
    const { aws, stack } = world();
    const Key = { webhook_id: { S: eventId } };
    return aws.clients.dynamodb.send(new DeleteItemCommand({ TableName: stack.names.eventsTable, Key }));
  };

  it("writes a line for every change and tells of a deletion, but not of the table's own expiry", async () => {
    const [kept, deleted, expired] = await Promise.all(
      ["kept", "deleted", "expired"].map(async (id) => {
        const eventId = `evt_${id}_${randomUUID()}`;
        await received(world(), receiver, { eventId, paymentId: randomUUID() });
        return `stripe:${eventId}`;
      }),
    );
    const processor = await world().open("processor");
    await world().mapping("queue", processor).poll();
    await remove(deleted as string);
    await remove(expired as string);
    await openStreamMapping({
      client: world().aws.clients.streams,
      streamArn: world().stack.names.streamArn,
      target: auditor,
      identityOf: ({ eventName, dynamodb }) =>
        eventName === "REMOVE" && dynamodb?.Keys?.webhook_id?.S === expired ? EXPIRY : null,
    }).drain();

    const lines = auditor.logs().flatMap((line) => (JSON.parse(line).audit ? [JSON.parse(line).audit] : []));
    const of = (target: string | undefined) =>
      lines.filter((line) => line.target === target).map(({ actor, action, outcome }) => [actor, action, outcome]);
    const processed = [
      ["stripe", "event.received", "stored"],
      ["stripe", "event.processed", "applied"],
    ];
    expect(of(kept)).toEqual(processed);
    expect(of(deleted)).toEqual([...processed, ["unknown", "event.deleted", "processed"]]);
    expect(of(expired)).toEqual([...processed, ["retention", "event.expired", "processed"]]);
    for (const line of auditor.logs()) expect(line).not.toContain('payment_intent.succeeded",');
    const told = ((await world().stack.alerts()) as readonly { kind: string; target: string }[])
      .filter(({ kind }) => kind === "event.deleted")
      .map(({ target }) => target);
    expect(told).toEqual([deleted]);
  });
}
