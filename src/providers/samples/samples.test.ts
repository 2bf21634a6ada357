import { describe, expect, test } from "vitest";
import { samplers } from "./index.ts";
import type { SampleRequest } from "./sampler.ts";

const ASKED: SampleRequest = {
  type: "payment.succeeded",
  amountMinor: 1999n,
  currency: "EUR",
  occurredAt: Date.parse("2026-03-02T10:00:00.000Z"),
};

test("a Stripe payment is as large as Stripe's", () => {
  const length = samplers.stripe?.body(ASKED).length ?? 0;
  expect(length).toBeGreaterThan(1800);
  expect(length).toBeLessThan(3000);
});

describe.each(["stripe", "square"])("a %s sample", (name) => {
  test("of a refund refers to the same objects as the payment's", () => {
    const sampler = samplers[name];
    const ids = { eventId: "e1", paymentId: "p1", refundId: "r1" };
    const payment = sampler?.body({ ...ASKED, ...ids }) ?? "";
    const refund = sampler?.body({ ...ASKED, ...ids, type: "refund.succeeded" }) ?? "";
    const shared = /"(?:latest_charge|charge|order_id)":\s*"([^"]+)"/;
    expect(shared.exec(payment)?.[1]).toBeDefined();
    expect(refund).toContain(shared.exec(payment)?.[1]);
  });

  test("with an amount that no number can carry is refused", () => {
    expect(() => samplers[name]?.body({ ...ASKED, amountMinor: 10n ** 20n })).toThrow(RangeError);
  });

  test("cannot be signed without a secret", () => {
    const context = { secret: null, settings: { notificationUrl: "https://example.com/" }, now: 0 };
    expect(() => samplers[name]?.sign(Buffer.from("{}"), context)).toThrow(RangeError);
  });
});

describe("a Standard Webhooks sample", () => {
  const secret = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;
  const sign = (body: string) =>
    samplers["standard-webhooks"]?.sign(Buffer.from(body), { secret, settings: {}, now: 0 })["webhook-id"];

  test("has its event id as the id of its delivery", () => {
    expect(sign('{"data":{"eventId":"stripe:evt_1"}}')).toBe("stripe:evt_1");
  });

  test.each(["not JSON", "{}", '{"data":{"eventId":"é"}}', '{"data":{"eventId":"a b"}}'])(
    "of the body %j has an id that is the same for the same bytes",
    (body) => {
      expect(sign(body)).toMatch(/^msg_[0-9a-f]{27}$/);
      expect(sign(body)).toBe(sign(body));
      expect(sign(body)).not.toBe(sign(`${body} `));
    },
  );

  test("cannot be signed with a public key", () => {
    const context = { secret: secret.replace("whsec_", "whpk_"), settings: {}, now: 0 };
    expect(() => samplers["standard-webhooks"]?.sign(Buffer.from("{}"), context)).toThrow(RangeError);
  });
});
