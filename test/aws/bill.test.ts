import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { apiGatewayEvent } from "../support/aws/api-gateway-event.ts";
import { isAvailable, UNAVAILABLE } from "../support/aws/dynamodb.ts";
import type { Invocable } from "../support/aws/invocable.ts";
import { itemBytes, type WireItem } from "../support/aws/item-bytes.ts";
import { openStreamMapping } from "../support/aws/stream-mapping.ts";
import { billOf } from "./bill/bill.ts";
import { realisticDeliveries } from "./event-store/realistic-bodies.ts";
import { type FunctionsWorld, startFunctionsWorld } from "./functions/functions-world.ts";
import { signStripe, stripeBody } from "./functions/stripe-delivery.ts";

if (!isAvailable()) console.warn(UNAVAILABLE);

const CONFIG = 'sources: { stripe: { provider: stripe, secrets: ["${env:NOT_SET_HERE}"] } }\n';
const HANDLER = "export async function onEvent() {}\n";

/** The figures of docs/aws-costs.md: whoever changes one here changes it there. */
describe.runIf(isAvailable())("what AWS charges", () => {
  let world: FunctionsWorld;
  let receiver: Invocable;
  let processor: Invocable;
  let withHandler: Invocable;
  beforeAll(async () => {
    world = await startFunctionsWorld({ suffix: "bill", config: CONFIG, handler: HANDLER });
    receiver = await world.open("receiver");
    processor = await world.open("processor");
    const config = await world.config(`${CONFIG}processor: { handler: ./handler.mjs }\n`);
    withHandler = await world.open("processor", { STRONGROOM_CONFIG: config });
    // The first invocation of each also reads secrets and connects.
    for (const target of [processor, withHandler]) {
      for (let n = 0; n < 10; n++) await post(stripeBody());
      await world.mapping("queue", target).drain();
    }
  });
  afterAll(() => world.stop());
  beforeEach(() => world.proxy.clear());

  const receive = async (seed: number) => {
    const { payload } = realisticDeliveries(seed).stripe?.delivery ?? {};
    await post(Buffer.from(payload as Uint8Array).toString());
  };
  const post = async (text: string) => {
    const { headers, body } = signStripe(text);
    const answer = await receiver.invoke(apiGatewayEvent({ path: "/webhooks/stripe", headers, body }));
    expect(answer).toMatchObject({ statusCode: 200 });
  };
  const charged = async (work: () => Promise<unknown>) => {
    world.proxy.clear();
    await work();
    return billOf(world.proxy.calls(), world.stack.names);
  };
  const poll = (target: Invocable) => world.mapping("queue", target).poll();

  it("the receiver for a new event: 1 PutItem of 1 write unit and 1 of the index, 1 SendMessage, no read, no secret", async () => {
    expect(await charged(() => receive(1))).toEqual({
      requests: { "dynamodb PutItem": 1, "sqs SendMessage": 1 },
      units: { "events write": 1, "pending-index write": 1 },
    });
    await poll(processor);
  });

  it("the receiver for the copy of a processed event: 1 refused PutItem and 1 UpdateItem of 1 write unit each, no message", async () => {
    expect(await charged(() => receive(1))).toEqual({
      requests: { "dynamodb PutItem": 1, "dynamodb UpdateItem": 1 },
      units: { "events write": 2 },
    });
  });

  it("the receiver for a forged delivery: nothing", async () => {
    const { headers, body } = signStripe(stripeBody(), "whsec_of_somebody_else_0123456789");
    const forged = apiGatewayEvent({ path: "/webhooks/stripe", headers, body });
    expect(await charged(() => receiver.invoke(forged))).toEqual({ requests: {}, units: {} });
  });

  it("the receiver's cold start: 2 GetSecretValue for each source that is asked for", async () => {
    const cold = await world.open("receiver");
    const request = () => apiGatewayEvent({ path: "/webhooks/stripe", ...signStripe(stripeBody()) });
    expect(await charged(() => cold.invoke(request()))).toMatchObject({
      requests: { "secretsManager GetSecretValue": 2, "dynamodb PutItem": 1, "sqs SendMessage": 1 },
    });
    expect((await charged(() => cold.invoke(request()))).requests).not.toHaveProperty("secretsManager GetSecretValue");
    await world.mapping("queue", processor).drain();
  });

  it("the processor for 10 payments: 1 ledger read and 1 ledger write each, 1 status update of 1 + 1 index each, 1 PublishBatch", async () => {
    for (let seed = 10; seed < 20; seed++) await receive(seed);
    expect(await charged(() => poll(processor))).toEqual({
      requests: {
        "dynamodb GetItem": 10,
        "dynamodb PutItem": 10,
        "dynamodb UpdateItem": 10,
        "sns PublishBatch": 1,
      },
      units: { "ledger read": 10, "ledger write": 10, "events write": 10, "pending-index write": 10 },
    });
  });

  it("the processor for 10 payments with a handler: 1 write unit and 1 ledger read more each", async () => {
    for (let seed = 20; seed < 30; seed++) await receive(seed);
    const { requests, units } = await charged(() => poll(withHandler));
    expect(units).toEqual({ "ledger read": 20, "ledger write": 10, "events write": 20, "pending-index write": 10 });
    const { "sns Publish": single = 0, "sns PublishBatch": batches = 0, ...others } = requests;
    expect(others).toEqual({ "dynamodb GetItem": 20, "dynamodb PutItem": 10, "dynamodb UpdateItem": 20 });
    // Eight payments at a time: the last two can come after the others.
    expect(single + batches).toBeLessThanOrEqual(3);
  });

  it("the processor for two events of one payment in a batch: as for two payments, but 2 Publish", async () => {
    const paymentId = "pi_of_two_events";
    await post(stripeBody({ eventId: "evt_first_of_two", paymentId }));
    await post(stripeBody({ eventId: "evt_second_of_two", paymentId, type: "refund.succeeded", refundId: "re_1" }));
    expect(await charged(() => poll(processor))).toEqual({
      requests: { "dynamodb GetItem": 2, "dynamodb PutItem": 2, "dynamodb UpdateItem": 2, "sns Publish": 2 },
      units: { "ledger read": 2, "ledger write": 2, "events write": 2, "pending-index write": 2 },
    });
  });

  it("the reconciler that finds nothing: 49 index queries of half a read unit, 1 request to the queue", async () => {
    const reconciler = await world.open("reconciler");
    expect(await charged(() => reconciler.invoke({}))).toEqual({
      requests: { "dynamodb Query": 49, "sqs GetQueueAttributes": 1 },
      units: { "pending-index read": 24.5 },
    });
  });

  it("one write unit per event, because its item stays within 1,024 bytes", async () => {
    for (let seed = 100; seed < 110; seed++) await receive(seed);
    const items = world.proxy
      .calls()
      .filter(({ operation }) => operation === "PutItem")
      .map(({ input }) => itemBytes(input.Item as WireItem));
    expect(items).toHaveLength(10);
    // The status update adds to the item, so that much has to be left: its own units are above.
    expect(Math.max(...items)).toBeLessThanOrEqual(900);
    await world.mapping("queue", processor).drain();
  });

  it("for logs: at most 750 bytes of lines per event at the receiver, 60 at the processor and 700 at the auditor", async () => {
    const bytes = ({ logs }: Invocable) => Buffer.byteLength(logs().join("\n"));
    const before = { receiver: bytes(receiver), processor: bytes(processor) };
    for (let seed = 200; seed < 210; seed++) await receive(seed);
    await poll(processor);
    expect((bytes(receiver) - before.receiver) / 10).toBeLessThanOrEqual(750);
    expect((bytes(processor) - before.processor) / 10).toBeLessThanOrEqual(60);

    const auditor = await world.open("auditor");
    const { streamArn } = world.stack.names;
    await openStreamMapping({ client: world.aws.clients.streams, streamArn, target: auditor }).drain();
    const events = auditor.logs().filter((line) => line.includes('"event.received"')).length;
    expect(bytes(auditor) / events).toBeLessThanOrEqual(700);
  });
});
