import { createHmac } from "node:crypto";
import { at, isObject, type JsonValue, textAt, withNumbersAsText } from "../domain/json.ts";
import { readCurrency } from "../domain/money.ts";
import type { Normalisation, Verification } from "../domain/outcome.ts";
import type { PaymentEventType } from "../domain/payment-event.ts";
import type { Delivery, Provider, VerifyContext } from "../domain/provider.ts";
import { readEventId } from "./event-id.ts";
import { findSecret, forged, sameText, singleHeader } from "./hmac.ts";
import { instantOfSeconds, readInstant } from "./instant.ts";
import { amountFields, minorAt } from "./minor-amount.ts";
import { judgeSigningTime, readUnixSeconds } from "./signing-time.ts";
import { fromStripe } from "./stripe-amount.ts";

/** Stripe events. Signature: https://docs.stripe.com/webhooks/signature, types: https://docs.stripe.com/api/events */
export const stripe: Provider = {
  name: "stripe",
  title: "Stripe",
  signatureHeaders: ["stripe-signature"],
  secret: {
    describe: "The endpoint's signing secret (starts with whsec_), not an API key (sk_, rk_ or pk_)",
    pattern: /^(?!(?:sk|rk|pk)_)/,
  },
  settings: {
    tolerance: {
      type: "duration",
      describe: "How far the signing time may be from now, in both directions",
      default: "5m",
    },
  },
  verify,
  normalise,
  sameContent,
};

function verify({ headers, body }: Delivery, { secrets, settings, now }: VerifyContext): Verification {
  const header = singleHeader(headers, "stripe-signature");
  if (!header.ok) return forged(header.reason);
  const signature = readSignatureHeader(header.value);
  if (signature === null) return forged("malformed_signature");
  const { time, signedAt, candidates } = signature;
  // The secret is used as it is written, with its whsec_ prefix.
  const match = findSecret(secrets, (secret) => {
    const expected = createHmac("sha256", secret).update(`${time}.`).update(body).digest("hex");
    return candidates.some((candidate) => sameText(candidate, expected));
  });
  if (!match.ok) return forged(match.reason, signedAt);
  const inTime = judgeSigningTime(signedAt, now, settings.tolerance);
  return inTime === "in_time" ? { kind: "authentic", secretIndex: match.index, signedAt } : forged(inTime, signedAt);
}

/** Reads `t=1700000000,v1=…,v1=…,v0=…`. Only v1 counts: v0 signs test events with a scheme that proves nothing. */
function readSignatureHeader(header: string) {
  const pairs = header.split(",").map((pair) => {
    const [key = "", ...value] = pair.split("=");
    return { key, value: value.join("=") };
  });
  const [time, ...moreTimes] = pairs.filter(({ key }) => key === "t").map(({ value }) => value);
  const candidates = pairs.filter(({ key, value }) => key === "v1" && /^[0-9a-f]{64}$/.test(value));
  if (time === undefined || moreTimes.length > 0 || candidates.length === 0) return null;
  const signedAt = readUnixSeconds(time);
  return signedAt === null ? null : { time, signedAt, candidates: candidates.map(({ value }) => value) };
}

function normalise(body: JsonValue, text: string): Normalisation {
  const providerEventId = readEventId(at(body, "id"));
  if (providerEventId === null) return { kind: "malformed", reason: "no_event_id" };
  const providerType = textAt(body, "type") ?? "unknown";
  const created = at(body, "created");
  const event = { providerEventId, providerType, occurredAt: instantOfSeconds(created) ?? readInstant(created) };
  const object = at(body, "data", "object");
  const reading = readObject(providerType, object);
  if (reading === null) {
    return {
      kind: "events",
      events: [{ ...event, type: "other", paymentId: null, amountMinor: null, currency: null }],
    };
  }
  const { amountField, ...rest } = reading;
  const currency = readCurrency(at(object, "currency"));
  const stated = minorAt(body, text, "data", "object", "amount");
  // An object whose own amount cannot be true is not believed in its other amounts either.
  const impossible = stated === "invalid" || (stated !== "absent" && stated < 0n);
  const amount = impossible ? stated : minorAt(body, text, "data", "object", amountField);
  return { kind: "events", events: [{ ...event, ...rest, currency, ...amountFields(fromStripe(amount, currency)) }] };
}

interface Reading {
  readonly type: PaymentEventType;
  readonly paymentId: string | null;
  readonly amountField: string;
  readonly refundId?: string;
  readonly disputeId?: string;
}

/** What an event of this type says about its `data.object`; null when it says nothing about a payment. */
function readObject(providerType: string, object: JsonValue | undefined): Reading | null {
  const intent = readEventId(at(object, "payment_intent"));
  const id = readEventId(at(object, "id"));
  if (providerType.startsWith("payment_intent.")) return readPayment(providerType, object, id);
  if (providerType.startsWith("charge.dispute.")) return readDispute(object, id, intent);
  if (/^(charge\.)?refund\./.test(providerType)) return readRefund(providerType, object, id, intent);
  if (providerType.startsWith("charge.")) return readPayment(providerType, object, intent ?? id);
  // A session or an invoice is no payment, so without the payment's id nothing is known of one.
  return intent === null ? null : readPayment(providerType, object, intent);
}

// The field of the amount where it is not `amount`. https://docs.stripe.com/api/events/types
const PAYMENT_TYPES: ReadonlyMap<string, readonly [type: PaymentEventType, amountField?: string]> = new Map([
  ["payment_intent.created", ["payment.pending"]],
  ["payment_intent.requires_action", ["payment.pending"]],
  ["payment_intent.processing", ["payment.processing"]],
  ["payment_intent.amount_capturable_updated", ["payment.authorized", "amount_capturable"]],
  ["payment_intent.succeeded", ["payment.succeeded", "amount_received"]],
  ["payment_intent.payment_failed", ["payment.failed"]],
  ["payment_intent.canceled", ["payment.canceled"]],
  ["charge.pending", ["payment.pending"]],
  ["charge.failed", ["payment.failed"]],
  ["charge.captured", ["payment.succeeded", "amount_captured"]],
  ["charge.expired", ["payment.expired"]],
  // The total refunded so far: the refunds' own events bring their ids.
  ["charge.refunded", ["refund.succeeded", "amount_refunded"]],
  ["checkout.session.expired", ["payment.expired", "amount_total"]],
  ["checkout.session.async_payment_succeeded", ["payment.succeeded", "amount_total"]],
  ["checkout.session.async_payment_failed", ["payment.failed", "amount_total"]],
  ["invoice.paid", ["payment.succeeded", "amount_paid"]],
  ["invoice.payment_succeeded", ["payment.succeeded", "amount_paid"]],
  ["invoice.payment_failed", ["payment.failed", "amount_due"]],
]);

function readPayment(providerType: string, object: JsonValue | undefined, paymentId: string | null): Reading | null {
  const [type, amountField = "amount"] = PAYMENT_TYPES.get(providerType) ?? readByState(providerType, object) ?? [];
  if (type === undefined) return null;
  // API versions before 2020 have no captured amount in a charge. A refunded total that is not there stays unknown.
  const fallBack = type === "payment.succeeded" && at(object, amountField) === undefined;
  return { type, paymentId, amountField: fallBack ? "amount" : amountField };
}

/** The two types whose meaning depends on the object. */
function readByState(
  providerType: string,
  object: JsonValue | undefined,
): readonly [type: PaymentEventType, amountField?: string] | null {
  if (providerType === "charge.succeeded") {
    return at(object, "captured") === false ? ["payment.authorized"] : ["payment.succeeded", "amount_captured"];
  }
  if (providerType !== "checkout.session.completed") return null;
  // Unpaid: the customer is done, a delayed payment method is not.
  const status = textAt(object, "payment_status");
  if (status === "paid") return ["payment.succeeded", "amount_total"];
  return status === "unpaid" ? ["payment.processing", "amount_total"] : null;
}

const REFUND_TYPES: ReadonlyMap<string | null, PaymentEventType> = new Map([
  ["pending", "refund.pending"],
  ["requires_action", "refund.pending"],
  ["succeeded", "refund.succeeded"],
  ["failed", "refund.failed"],
  ["canceled", "refund.failed"],
]);

function readRefund(
  providerType: string,
  object: JsonValue | undefined,
  id: string | null,
  intent: string | null,
): Reading | null {
  const type = providerType === "refund.failed" ? "refund.failed" : REFUND_TYPES.get(textAt(object, "status"));
  // Without its id it would count as the total refunded so far.
  if (type === undefined || id === null) return null;
  return { type, paymentId: intent ?? readEventId(at(object, "charge")), amountField: "amount", refundId: id };
}

const DISPUTE_TYPES: ReadonlyMap<string | null, PaymentEventType> = new Map([
  ["won", "dispute.won"],
  ["warning_closed", "dispute.won"],
  ["prevented", "dispute.won"],
  ["lost", "dispute.lost"],
]);

function readDispute(object: JsonValue | undefined, id: string | null, intent: string | null): Reading {
  return {
    type: DISPUTE_TYPES.get(textAt(object, "status")) ?? "dispute.opened",
    paymentId: intent ?? readEventId(at(object, "charge")),
    amountField: "amount",
    ...(id === null ? {} : { disputeId: id }),
  };
}

/** `pending_webhooks` counts down from one retry to the next and means nothing. */
function sameContent(first: Uint8Array, later: Uint8Array): boolean {
  try {
    return withoutCountdown(first) === withoutCountdown(later);
  } catch {
    return false;
  }
}

function withoutCountdown(body: Uint8Array): string {
  const value = withNumbersAsText(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  return JSON.stringify(isObject(value) ? { ...value, pending_webhooks: null } : value);
}
