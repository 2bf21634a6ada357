// One event for each function, in the form in which AWS hands it over.
import { createHmac } from "node:crypto";

/** A signed Stripe delivery as API Gateway's REST proxy integration hands it over, payload format 1.0. */
export function receiverEvent(secret) {
  const { body, signature } = stripeDelivery(secret);
  const headers = {
    "Content-Type": "application/json; charset=utf-8",
    "Stripe-Signature": signature,
    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
  };
  return {
    resource: "/webhooks/{source}",
    path: "/webhooks/stripe",
    httpMethod: "POST",
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { source: "stripe" },
    stageVariables: null,
    requestContext: { requestId: "00000000-0000-4000-8000-000000000006", identity: { sourceIp: "192.0.2.1" } },
    body: Buffer.from(body).toString("base64"),
    isBase64Encoded: true,
  };
}

export function authorizerEvent(secret) {
  const methodArn = "arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/prod/POST/webhooks/stripe";
  return { type: "REQUEST", methodArn, ...receiverEvent(secret) };
}

/** `message` is the text of a message that the receiver, or the processor, has sent. */
export function queueEvent(message) {
  const record = {
    messageId: "00000000-0000-4000-8000-000000000007",
    receiptHandle: "made-up",
    body: message,
    attributes: { ApproximateReceiveCount: "1", MessageGroupId: "group" },
    eventSource: "aws:sqs",
    awsRegion: "us-east-1",
  };
  return { Records: [record] };
}

/** The insertion of an item into the events table. */
export function streamEvent(item) {
  const { webhook_id } = item;
  const change = { Keys: { webhook_id }, NewImage: item, SequenceNumber: "1", ApproximateCreationDateTime: 1.7e9 };
  const record = { eventID: "1", eventName: "INSERT", eventSource: "aws:dynamodb", dynamodb: change };
  return { Records: [record] };
}

export const SCHEDULE_EVENT = { source: "aws.events", "detail-type": "Scheduled Event", detail: {} };

function stripeDelivery(secret) {
  const t = Math.floor(Date.now() / 1000);
  const body = JSON.stringify(
    {
      id: "evt_made_up_for_a_cold_start",
      object: "event",
      api_version: "2025-06-30.basil",
      created: t,
      data: {
        object: {
          id: "pi_made_up_for_a_cold_start",
          object: "payment_intent",
          amount: 1999,
          amount_received: 1999,
          created: t - 3,
          currency: "eur",
          customer: "cus_made_up",
          description: "Order 1042 of the example shop",
          latest_charge: "ch_made_up",
          livemode: false,
          metadata: { order_id: "1042", basket: "two books and a lamp" },
          payment_method_types: ["card", "link"],
          receipt_email: "buyer@shop.example",
          status: "succeeded",
        },
      },
      livemode: false,
      pending_webhooks: 1,
      request: { id: "req_made_up", idempotency_key: "5f1d7a9e-6d7b-4a57-9a5e-2f6f0a8f6b11" },
      type: "payment_intent.succeeded",
    },
    null,
    2,
  );
  const v1 = createHmac("sha256", secret).update(`${t}.${body}`).digest("hex");
  return { body, signature: `t=${t},v1=${v1}` };
}
