import { randomUUID } from "node:crypto";
import type { APIGatewayProxyResult } from "aws-lambda";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { apiGatewayEvent } from "../../support/aws/api-gateway-event.ts";
import type { Service } from "../../support/aws/aws-call.ts";
import type { Invocable } from "../../support/aws/invocable.ts";
import type { FunctionsWorld } from "./functions-world.ts";
import { signStripe, stripeBody, stripeDelivery } from "./stripe-delivery.ts";

export function describeOutages(world: () => FunctionsWorld): void {
  let warm: Invocable;
  beforeAll(async () => {
    warm = await world().open("receiver");
    expect(await send(warm)).toMatchObject({ statusCode: 200 });
  });
  afterEach(() => {
    world().proxy.plan(null);
    vi.useRealTimers();
  });

  const send = (receiver: Invocable, delivery = stripeDelivery()) =>
    receiver.invoke(apiGatewayEvent({ path: "/webhooks/stripe", ...delivery })) as Promise<APIGatewayProxyResult>;
  const down = (service: Service) =>
    world().proxy.plan((call) => (call.service === service ? { kind: "fail-before", as: "unavailable" } : null));
  const unavailable = (error: string) => ({
    statusCode: 503,
    headers: { "Retry-After": expect.stringMatching(/^\d+$/) },
    body: expect.stringContaining(`"error":"${error}"`),
  });

  it.each(["dynamodb", "sqs"] as const)(
    "answers 503 without %s, and takes the same delivery when it is back",
    async (service) => {
      const eventId = `evt_${randomUUID()}`;
      down(service);
      expect(await send(warm, stripeDelivery({ eventId }))).toMatchObject(unavailable("store_unavailable"));
      world().proxy.plan(null);
      expect(await send(warm, stripeDelivery({ eventId }))).toMatchObject({ statusCode: 200 });
      const { aws, stack } = world();
      const sent = aws.sqs.messages(stack.names.queue.url).filter(({ body }) => body.includes(`"stripe:${eventId}"`));
      expect(sent).toHaveLength(1);
    },
  );

  it("answers 503 and never 401 as long as it has had no secret, even to a forged delivery", async () => {
    const cold = await world().open("receiver");
    down("secretsManager");
    expect(await send(cold)).toMatchObject(unavailable("verification_unavailable"));
    const forged = signStripe(stripeBody(), "whsec_of_somebody_else_0123456789");
    expect(await send(cold, forged)).toMatchObject(unavailable("verification_unavailable"));
  });

  it("goes on with the last good secret while the secret store is down, for an hour", async () => {
    down("secretsManager");
    const start = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: start + 50 * 60_000 });
    expect(await send(warm)).toMatchObject({ statusCode: 200 });
    expect(
      world()
        .proxy.calls()
        .some(({ service }) => service === "secretsManager"),
    ).toBe(true);
    vi.setSystemTime(start + 61 * 60_000);
    expect(await send(warm)).toMatchObject(unavailable("verification_unavailable"));
  });

  it("accepts what the new and the previous secret signed after a rotation", async () => {
    const cold = await world().open("receiver");
    const { secretsManager } = world().aws;
    const id = `${world().stack.environment.SECRETS_PREFIX}stripe`;
    secretsManager.rotate(id, "whsec_the_new_one_0123456789abcdef");
    expect(await send(cold, signStripe(stripeBody(), "whsec_the_new_one_0123456789abcdef"))).toMatchObject({
      statusCode: 200,
    });
    expect(await send(cold)).toMatchObject({ statusCode: 200 });
  });
}
