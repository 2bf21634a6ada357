import { signDelivery } from "../../../src/entrypoints/cli/sample-delivery.ts";
import { samplers } from "../../../src/providers/samples/index.ts";
import type { SampleRequest, Sampler } from "../../../src/providers/samples/sampler.ts";

export const SECRET = "whsec_of_the_functions_tests_0123456789";

export interface SignedDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A Stripe event of a payment in euros, a minute old, signed now. What is not given is made up. */
export function stripeDelivery(request: Partial<SampleRequest> = {}, secret = SECRET): SignedDelivery {
  return signStripe(stripeBody(request), secret);
}

export function stripeBody(request: Partial<SampleRequest> = {}): string {
  const occurredAt = Date.now() - 60_000;
  return STRIPE.body({ type: "payment.succeeded", amountMinor: 1999n, currency: "EUR", occurredAt, ...request });
}

/** Signs this body as Stripe would, at `now` (epoch milliseconds). */
export function signStripe(body: string, secret = SECRET, now = Date.now()): SignedDelivery {
  const source = {
    name: "stripe",
    provider: "stripe",
    secrets: [{ ref: "", value: secret, notAfter: null }],
    settings: {},
  };
  const signed = signDelivery(STRIPE, source, Buffer.from(body), { now, key: {}, tamper: undefined });
  return { headers: signed.headers, body: Buffer.from(signed.body) };
}

const STRIPE = samplers.stripe as Sampler;
