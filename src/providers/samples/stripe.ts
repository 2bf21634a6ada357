import { createHmac } from "node:crypto";
import { toStripe } from "../stripe-amount.ts";
import { derivedId, randomId } from "./made-up-ids.ts";
import type { SampleRequest, Sampler, SigningContext } from "./sampler.ts";
import { charge, checkoutSession, dispute, paymentIntent, refund, type StripeFacts } from "./stripe-objects.ts";

type Write = (facts: StripeFacts) => Readonly<Record<string, unknown>>;

const received: Write = (facts) => paymentIntent(facts, { amount_received: facts.amount, status: "succeeded" });
const needsMethod = { latest_charge: null, payment_method: null, status: "requires_payment_method" };
const cardDeclined = { code: "card_declined", decline_code: "insufficient_funds", type: "card_error" };
const unpaid = { amount_captured: 0, captured: false, paid: false };

/** By Stripe's own type. */
const EVENTS: Readonly<Record<string, Write>> = {
  "payment_intent.created": (facts) => paymentIntent(facts, needsMethod),
  "payment_intent.requires_action": (facts) =>
    paymentIntent(facts, {
      latest_charge: null,
      next_action: { type: "use_stripe_sdk", use_stripe_sdk: { type: "three_d_secure_redirect" } },
      status: "requires_action",
    }),
  "payment_intent.processing": (facts) => paymentIntent(facts, { status: "processing" }),
  "payment_intent.amount_capturable_updated": (facts) =>
    paymentIntent(facts, { amount_capturable: facts.amount, capture_method: "manual", status: "requires_capture" }),
  "payment_intent.succeeded": received,
  "payment_intent.payment_failed": (facts) =>
    paymentIntent(facts, { ...needsMethod, last_payment_error: { ...cardDeclined, charge: facts.charge } }),
  "payment_intent.canceled": (facts) =>
    paymentIntent(facts, {
      canceled_at: facts.created,
      cancellation_reason: "requested_by_customer",
      status: "canceled",
    }),
  "charge.pending": (facts) => charge(facts, { ...unpaid, status: "pending" }),
  "charge.succeeded": (facts) => charge(facts, {}),
  "charge.captured": (facts) => charge(facts, {}),
  "charge.failed": (facts) => charge(facts, { ...unpaid, failure_code: "card_declined", status: "failed" }),
  "charge.expired": (facts) => charge(facts, { ...unpaid, refunded: true, amount_refunded: facts.amount }),
  "charge.refunded": (facts) => charge(facts, { amount_refunded: facts.amount, refunded: true }),
  "refund.created": (facts) => refund(facts, { status: "pending" }),
  "refund.updated": (facts) => refund(facts, { status: "succeeded" }),
  "charge.refund.updated": (facts) => refund(facts, { status: "succeeded" }),
  "refund.failed": (facts) => refund(facts, { failure_reason: "expired_or_canceled_card", status: "failed" }),
  "charge.dispute.created": (facts) => dispute(facts, { status: "needs_response" }),
  "charge.dispute.funds_withdrawn": (facts) => dispute(facts, { status: "needs_response" }),
  "charge.dispute.closed": (facts) => dispute(facts, { status: "lost" }),
  "charge.dispute.funds_reinstated": (facts) => dispute(facts, { status: "won" }),
  "checkout.session.completed": (facts) => checkoutSession(facts, { payment_status: "paid" }),
  "checkout.session.expired": (facts) => checkoutSession(facts, { payment_status: "unpaid", status: "expired" }),
};

/** Which event Stripe sends for each of our types. */
const OURS: Readonly<Record<string, readonly [type: string, write?: Write]>> = {
  "payment.pending": ["payment_intent.created"],
  "payment.processing": ["payment_intent.processing"],
  "payment.authorized": ["payment_intent.amount_capturable_updated"],
  "payment.succeeded": ["payment_intent.succeeded"],
  "payment.failed": ["payment_intent.payment_failed"],
  "payment.canceled": ["payment_intent.canceled"],
  "payment.expired": ["charge.expired"],
  "refund.pending": ["refund.created"],
  "refund.succeeded": ["refund.updated"],
  "refund.failed": ["refund.failed"],
  "dispute.opened": ["charge.dispute.created"],
  "dispute.won": ["charge.dispute.closed", (facts) => dispute(facts, { status: "won" })],
  "dispute.lost": ["charge.dispute.closed"],
};

const types = [...Object.keys(OURS), ...Object.keys(EVENTS)];

/** Stripe events, laid out as Stripe writes them, and signed with one `v1`. */
export const stripeSampler: Sampler = { types, body, sign };

function body(request: SampleRequest): string {
  const [type, ownWrite] = Object.hasOwn(OURS, request.type) ? (OURS[request.type] ?? []) : [request.type];
  const write = ownWrite ?? (type !== undefined && Object.hasOwn(EVENTS, type) ? EVENTS[type] : undefined);
  if (write === undefined) {
    throw new RangeError(`Stripe has no sample of type ${request.type}; there is ${types.join(", ")}`);
  }
  const facts = readFacts(request);
  const event = {
    id: request.eventId ?? `evt_3${randomId(23)}`,
    object: "event",
    api_version: "2025-03-31.basil",
    created: facts.created,
    data: { object: write(facts) },
    livemode: false,
    pending_webhooks: 1,
    request: { id: facts.other("req_").slice(0, 18), idempotency_key: null },
    type,
  };
  return JSON.stringify(event, null, 2);
}

function readFacts(request: SampleRequest): StripeFacts {
  const amount = Number(toStripe(request.amountMinor, request.currency));
  if (!Number.isSafeInteger(amount)) throw new RangeError("the amount is larger than any that Stripe sends");
  const intent = request.paymentId ?? `pi_3${randomId(23)}`;
  const other = (prefix: string) => `${prefix}${derivedId(`${intent} ${prefix}`, 24)}`;
  return {
    intent,
    charge: other("ch_"),
    refund: request.refundId ?? `re_3${randomId(23)}`,
    dispute: request.disputeId ?? `du_${randomId(24)}`,
    other,
    amount,
    currency: request.currency.toLowerCase(),
    created: Math.floor(request.occurredAt / 1000),
  };
}

function sign(body: Uint8Array, { secret, now }: SigningContext): Record<string, string> {
  if (secret === null) throw new RangeError("Stripe signs with a secret");
  const time = Math.floor(now / 1000);
  const signature = createHmac("sha256", secret).update(`${time}.`).update(body).digest("hex");
  return {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    "stripe-signature": `t=${time},v1=${signature}`,
  };
}
