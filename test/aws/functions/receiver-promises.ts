import { randomUUID } from "node:crypto";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { APIGatewayProxyResult } from "aws-lambda";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { apiGatewayEvent, type ProxyRequest } from "../../support/aws/api-gateway-event.ts";
import type { Invocable } from "../../support/aws/invocable.ts";
import type { FunctionsWorld } from "./functions-world.ts";
import { SECRET, signStripe, stripeBody, stripeDelivery } from "./stripe-delivery.ts";

const TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
const CARD = "4242424242424242";

export function describeReceiver(world: () => FunctionsWorld): void {
  let receiver: Invocable;
  beforeAll(async () => {
    receiver = await world().open("receiver");
  });
  beforeEach(() => {
    world().aws.sqs.purge(world().stack.names.queue.url);
    world().proxy.clear();
  });

  const ask = async (request: Partial<ProxyRequest>, options?: Parameters<Invocable["invoke"]>[1]) => {
    const event = apiGatewayEvent({ path: "/webhooks/stripe", requestId: "req-1", ...request });
    const answer = (await receiver.invoke(event, options)) as APIGatewayProxyResult;
    return { status: answer.statusCode, headers: answer.headers ?? {}, body: JSON.parse(answer.body) as unknown };
  };
  const item = async (eventId: string) => {
    const { aws, stack } = world();
    const Key = { webhook_id: { S: eventId } };
    return (await aws.clients.dynamodb.send(new GetItemCommand({ TableName: stack.names.eventsTable, Key }))).Item;
  };
  const queued = () => world().aws.sqs.messages(world().stack.names.queue.url);

  it("answers 200 once the event is stored and in the queue, and 200 again for its copy", async () => {
    const eventId = `evt_${randomUUID()}`;
    const delivery = stripeDelivery({ eventId });
    expect(await ask(delivery)).toMatchObject({
      status: 200,
      headers: { "Content-Type": "application/json" },
      body: { received: true, eventId: `stripe:${eventId}`, duplicate: false },
    });
    expect(await item(`stripe:${eventId}`)).toMatchObject({ status: { S: "received" } });
    expect(queued().map(({ body }) => JSON.parse(body).event.eventId)).toEqual([`stripe:${eventId}`]);
    expect(await ask(delivery)).toMatchObject({ status: 200, body: { duplicate: true } });
    expect(queued()).toHaveLength(1);
  });

  it.each(["base64", "text"] as const)("verifies a body that comes as %s, byte for byte", async (bodyAs) => {
    const body = stripeBody({ eventId: `evt_${randomUUID()}` }).replace(
      '"livemode"',
      '"note": "caf\u00e9 \u2713", "livemode"',
    );
    expect(await ask({ ...signStripe(body), bodyAs })).toMatchObject({ status: 200 });
    const changed = { ...signStripe(body), body: `${body} ` };
    expect(await ask({ ...changed, bodyAs })).toMatchObject({ status: 401 });
  });

  it("reads headers in any case, and refuses a signature that was sent twice", async () => {
    const { headers, body } = stripeDelivery();
    const { "stripe-signature": signature = "", ...others } = headers;
    expect(await ask({ headers: { ...others, "Stripe-SIGNATURE": signature }, body })).toMatchObject({ status: 200 });
    const twice = { ...others, "Stripe-Signature": [signature, signature] };
    expect(await ask({ headers: twice, body })).toMatchObject({ status: 401 });
  });

  it("finds the source by the signature's headers where the path names none", async () => {
    const answer = await ask({ path: "/webhooks", parameter: null, ...stripeDelivery({ eventId: "evt_nameless" }) });
    expect(answer).toMatchObject({ status: 200, body: { eventId: "stripe:evt_nameless" } });
    expect(await ask({ path: "/webhooks", parameter: null, body: "{}" })).toMatchObject({ status: 404 });
  });

  const forged = () => signStripe(stripeBody(), "whsec_of_somebody_else_0123456789");
  const stale = () => signStripe(stripeBody(), SECRET, Date.now() - 3_600_000);
  it.each<[number, string, string, () => Partial<ProxyRequest>]>([
    [400, "no JSON", "invalid_json", () => signStripe("{")],
    [400, "a key that comes twice", "duplicate_key", () => signStripe('{"id":"evt_1","id":"evt_2"}')],
    [400, "no event id", "no_event_id", () => signStripe('{"type":"payment_intent.succeeded"}')],
    [401, "no signature", "bad_signature", () => ({ body: stripeBody() })],
    [401, "a wrong signature", "bad_signature", forged],
    [401, "a stale signature", "bad_signature", stale],
    [404, "an unknown source", "not_found", () => ({ path: "/webhooks/nobody", ...stripeDelivery() })],
    [405, "another method", "method_not_allowed", () => ({ method: "GET" })],
    [413, "a body over the limit", "body_too_large", () => signStripe(" ".repeat(5_000))],
    [415, "a compressed body", "unsupported_encoding", () => ({ headers: { "Content-Encoding": "gzip" }, body: "x" })],
  ])("answers %i to %s, and stores nothing", async (status, _, error, request) => {
    expect(await ask(request())).toMatchObject({ status, body: { error, requestId: "req-1" } });
    const stored = world()
      .proxy.calls()
      .filter(({ service }) => service === "dynamodb" || service === "sqs");
    expect(stored).toEqual([]);
  });

  it("names the method that is allowed", async () => {
    expect((await ask({ method: "PUT" })).headers).toMatchObject({ Allow: "POST" });
  });

  it("passes the invocation's trace on to the queue", async () => {
    await ask(stripeDelivery(), { traceHeader: TRACE });
    expect(queued().map(({ traceHeader }) => traceHeader)).toEqual([TRACE]);
  });

  it("takes the plain transaction of a direct invocation, where a generic source is lenient", async () => {
    const plain = {
      transactionId: "txn_123456",
      amount: 99.99,
      currency: "USD",
      status: "completed",
      provider: "stripe",
      timestamp: "2025-01-15T10:30:00Z",
    };
    const answer = (await receiver.invoke(plain)) as APIGatewayProxyResult;
    expect(answer).toMatchObject({ statusCode: 200 });
    const { eventId } = JSON.parse(answer.body) as { eventId: string };
    expect(await item(eventId)).toMatchObject({
      transaction_id: { S: "plain:txn_123456" },
      amount_minor: { S: "9999" },
      currency: { S: "USD" },
    });
    const strict = await world().open("receiver", {
      STRONGROOM_CONFIG: await world().config(
        'sources: { stripe: { provider: stripe, secrets: ["${env:NOT_SET_HERE}"] } }',
      ),
    });
    await expect(strict.invoke(plain)).rejects.toMatchObject({ message: expect.stringContaining("lenient") });
  });

  it("answers 503 while its configuration is invalid, and names the key in its log, not the value", async () => {
    const path = world().write("broken.yaml", "version: 1\nserver: { ingest: { maxBodyBytes: top-secret-value } }\n");
    const broken = await world().open("receiver", { STRONGROOM_CONFIG: path });
    const answer = await broken.invoke(apiGatewayEvent({ path: "/webhooks/stripe", ...stripeDelivery() }));
    expect(answer).toMatchObject({ statusCode: 503, headers: { "Retry-After": expect.any(String) } });
    const log = broken.logs().join("\n");
    expect(log).toContain("server.ingest.maxBodyBytes");
    expect(log).not.toContain("top-secret-value");
  });

  it("writes no payload, secret, signature or card number, and its metrics as embedded metric format", async () => {
    const before = receiver.logs().length;
    const body = stripeBody({ eventId: `evt_${randomUUID()}` }).replace(
      '"livemode"',
      `"note": "of Erika Mustermann, ${CARD}", "livemode"`,
    );
    const good = signStripe(body);
    await ask(good);
    await ask({ ...good, body: `${body} ` });
    await ask({ ...signStripe(`{"id":"${CARD}","name":"Erika Mustermann"`), requestId: "req-2" });
    const lines = receiver.logs().slice(before);
    const log = lines.join("\n");
    for (const secret of ["Mustermann", CARD, SECRET, good.headers["stripe-signature"] ?? "", "payment_intent"]) {
      expect(log).not.toContain(secret);
    }
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const metrics = parsed.filter((line) => line._aws !== undefined);
    const named = metrics.flatMap(({ _aws }) =>
      (_aws as { CloudWatchMetrics: { Namespace: string; Metrics: { Name: string }[] }[] }).CloudWatchMetrics.flatMap(
        ({ Namespace, Metrics }) => Metrics.map(({ Name }) => `${Namespace} ${Name}`),
      ),
    );
    expect(new Set(named)).toEqual(
      new Set(["received_total", "ack_seconds", "clock_skew_seconds"].map((name) => `Strongroom strongroom_${name}`)),
    );
    expect(metrics).toContainEqual(
      expect.objectContaining({ source: "stripe", result: "accepted", strongroom_received_total: 1 }),
    );
    expect(metrics).toContainEqual(
      expect.objectContaining({ source: "stripe", result: "forged", strongroom_received_total: 1 }),
    );
  });
}
