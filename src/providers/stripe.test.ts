import { describe, expect, test } from "vitest";
import type { JsonValue } from "../domain/json.ts";
import type { NormalisedEvent } from "../domain/payment-event.ts";
import { stripe } from "./stripe.ts";

function read(type: string, object: JsonValue): NormalisedEvent {
  const body = { id: "evt_1", type, created: 1_772_445_600, data: { object } };
  const normalised = stripe.normalise(body, JSON.stringify(body), { settings: {}, headers: {} });
  if (normalised.kind !== "events") throw new Error(normalised.reason);
  return normalised.events[0] as NormalisedEvent;
}

test.each(["sk_live_0123456789abcdef", "rk_test_0123456789abcdef", "pk_test_0123456789abcdef"])(
  "an API key (%s) is no signing secret",
  (key) => {
    expect(stripe.secret?.pattern?.test(key)).toBe(false);
  },
);

test("a signing secret is a signing secret", () => {
  expect(stripe.secret?.pattern?.test("whsec_0123456789abcdef")).toBe(true);
});

describe("a refund", () => {
  const refund = { id: "re_1", amount: 500, currency: "eur", payment_intent: "pi_1", status: "succeeded" };

  test("of a refunded charge has no id, because its amount is the total so far", () => {
    const event = read("charge.refunded", { id: "ch_1", amount: 1999, amount_refunded: 500, currency: "eur" });
    expect(event).not.toHaveProperty("refundId");
    expect(event).toMatchObject({ type: "refund.succeeded", amountMinor: "500" });
  });

  test("of a charge that does not say how much has no amount", () => {
    expect(read("charge.refunded", { id: "ch_1", amount: 1999, currency: "eur" }).amountMinor).toBeNull();
  });

  test("without an id says nothing, because it would count as the total so far", () => {
    expect(read("refund.updated", { ...refund, id: null }).type).toBe("other");
  });

  test("of a status that nobody knows says nothing", () => {
    expect(read("refund.updated", { ...refund, status: "thinking" }).type).toBe("other");
  });

  test("that failed has failed whatever its status says", () => {
    expect(read("refund.failed", { ...refund, status: "pending" }).type).toBe("refund.failed");
  });
});

test("a payment without its received amount falls back to its amount", () => {
  const event = read("payment_intent.succeeded", { id: "pi_1", amount: 1999, currency: "eur" });
  expect(event).toMatchObject({ type: "payment.succeeded", amountMinor: "1999", currency: "EUR", paymentId: "pi_1" });
});

test("a negative amount is quarantined beside a received amount that looks right", () => {
  const event = read("payment_intent.succeeded", { id: "pi_1", amount: -1, amount_received: 1999, currency: "eur" });
  expect(event).toMatchObject({ amountMinor: "-1", quarantine: "negative_amount" });
});

test("a dispute of a status that nobody knows yet is open", () => {
  const event = read("charge.dispute.updated", { id: "du_1", charge: "ch_1", status: "appeal_needs_response" });
  expect(event).toMatchObject({ type: "dispute.opened", paymentId: "ch_1", disputeId: "du_1" });
});

describe("two copies of an event", () => {
  const copy = (fields: object) => Buffer.from(JSON.stringify({ id: "evt_1", amount: 1, ...fields }, null, 2));
  const same = (a: Uint8Array, b: Uint8Array) => stripe.sameContent?.(a, b);

  test("say the same when only the countdown of webhooks differs", () => {
    expect(same(copy({ pending_webhooks: 2 }), copy({ pending_webhooks: 1 }))).toBe(true);
  });

  test("do not say the same when anything else differs", () => {
    expect(same(copy({ pending_webhooks: 2 }), copy({ pending_webhooks: 2, amount: 2 }))).toBe(false);
    expect(same(copy({ data: { pending_webhooks: 2 } }), copy({ data: { pending_webhooks: 1 } }))).toBe(false);
  });

  test("do not say the same when numbers differ past the digits of a double", () => {
    const first = Buffer.from('{"id":"evt_1","amount":9007199254740993}');
    expect(same(first, Buffer.from('{"id":"evt_1","amount":9007199254740992}'))).toBe(false);
  });

  test("are never the same when one is not JSON", () => {
    expect(same(Buffer.from("{"), Buffer.from("{"))).toBe(false);
    expect(same(Buffer.from([0xff]), Buffer.from([0xff]))).toBe(false);
  });
});
