import { createHmac } from "node:crypto";
import { at, type JsonValue, textAt } from "../domain/json.ts";
import { readCurrency } from "../domain/money.ts";
import type { Normalisation, Verification } from "../domain/outcome.ts";
import type { NormalisedEvent, PaymentEventType } from "../domain/payment-event.ts";
import type { Delivery, Provider, VerifyContext } from "../domain/provider.ts";
import { readEventId } from "./event-id.ts";
import { findSecret, sameText, singleHeader } from "./hmac.ts";
import { readInstant } from "./instant.ts";
import { amountFields, type MinorRead, minorAt } from "./minor-amount.ts";

/** Square events. Signature: https://developer.squareup.com/docs/webhooks/step3validate */
export const square: Provider = {
  name: "square",
  title: "Square",
  signatureHeaders: ["x-square-hmacsha256-signature"],
  secret: {
    describe: "The subscription's signature key, not an access token (EAAA…) or an application secret (sq0…)",
    pattern: /^(?!EAAA[\w-]{40}|sq0[a-z]{3}-)/,
  },
  settings: {
    notificationUrl: {
      type: "url",
      required: true,
      describe: "The notification URL exactly as it is registered with Square: it is part of what is signed",
    },
  },
  verify,
  normalise,
};

/** The URL and the body are signed as one text. No time is signed: a replay is known by its event id. */
function verify({ headers, body }: Delivery, { secrets, settings }: VerifyContext): Verification {
  const header = singleHeader(headers, "x-square-hmacsha256-signature");
  if (!header.ok) return { kind: "forged", reason: header.reason };
  if (!/^[A-Za-z0-9+/]{43}=$/.test(header.value)) return { kind: "forged", reason: "malformed_signature" };
  const match = findSecret(secrets, (secret) => {
    const expected = createHmac("sha256", secret).update(String(settings.notificationUrl)).update(body);
    // Compared as text, so that stray bits in the last character are another signature.
    return sameText(header.value, expected.digest("base64"));
  });
  return match.ok ? { kind: "authentic", secretIndex: match.index } : { kind: "forged", reason: match.reason };
}

function normalise(body: JsonValue, text: string): Normalisation {
  const providerEventId = readEventId(at(body, "event_id"));
  if (providerEventId === null) return { kind: "malformed", reason: "no_event_id" };
  const providerType = textAt(body, "type") ?? "unknown";
  return { kind: "events", events: [{ providerEventId, providerType, ...readObject(providerType, body, text) }] };
}

type Reading = Omit<NormalisedEvent, "providerEventId" | "providerType">;

/** What an object says of a payment: everything but when and how much. */
type Claim = Pick<NormalisedEvent, "paymentId" | "refundId" | "disputeId"> & { readonly type: PaymentEventType };

function readObject(providerType: string, body: JsonValue, text: string): Reading {
  // The type decides, not the object: a terminal's events carry objects of the same names with other fields.
  const name = providerType.slice(0, Math.max(providerType.indexOf("."), 0));
  const object = at(body, "data", "object", name);
  // `data.id` is another object's id in some events, so the object's own is read.
  const claim = READERS.get(name)?.(object, readEventId(at(object, "id"))) ?? null;
  const time = [at(object, "updated_at"), at(object, "created_at"), at(body, "created_at")];
  const occurredAt = time.reduce<string | null>((found, value) => found ?? readInstant(value), null);
  if (claim === null) return { type: "other", paymentId: null, occurredAt, amountMinor: null, currency: null };
  const currency = readCurrency(at(object, "amount_money", "currency"));
  return { ...claim, occurredAt, currency, ...amountFields(readAmount(body, text, name)) };
}

const READERS: ReadonlyMap<string, (object: JsonValue | undefined, id: string | null) => Claim | null> = new Map([
  ["payment", readPayment],
  ["refund", readRefund],
  ["dispute", readDispute],
]);

const PAYMENT_TYPES: ReadonlyMap<string | null, PaymentEventType> = new Map([
  ["APPROVED", "payment.authorized"],
  ["PENDING", "payment.pending"],
  ["COMPLETED", "payment.succeeded"],
  ["CANCELED", "payment.canceled"],
  ["FAILED", "payment.failed"],
]);

function readPayment(object: JsonValue | undefined, id: string | null): Claim | null {
  const type = PAYMENT_TYPES.get(textAt(object, "status"));
  return type === undefined ? null : { type, paymentId: id };
}

const REFUND_TYPES: ReadonlyMap<string | null, PaymentEventType> = new Map([
  ["PENDING", "refund.pending"],
  ["COMPLETED", "refund.succeeded"],
  ["REJECTED", "refund.failed"],
  ["FAILED", "refund.failed"],
]);

function readRefund(object: JsonValue | undefined, id: string | null): Claim | null {
  const type = REFUND_TYPES.get(textAt(object, "status"));
  // Without its id it would count as the total refunded so far.
  if (type === undefined || id === null) return null;
  return { type, paymentId: readEventId(at(object, "payment_id")), refundId: id };
}

const DISPUTE_TYPES: ReadonlyMap<string | null, PaymentEventType> = new Map([
  ["WON", "dispute.won"],
  ["LOST", "dispute.lost"],
  ["ACCEPTED", "dispute.lost"],
]);

function readDispute(object: JsonValue | undefined, id: string | null): Claim | null {
  const state = textAt(object, "state");
  if (state === null) return null;
  return {
    type: DISPUTE_TYPES.get(state) ?? "dispute.opened",
    paymentId: readEventId(at(object, "disputed_payment", "payment_id")),
    ...(id === null ? {} : { disputeId: id }),
  };
}

/** A tip is paid on top of a payment's amount, in the same currency. */
function readAmount(body: JsonValue, text: string, name: string): MinorRead {
  const amount = minorAt(body, text, "data", "object", name, "amount_money", "amount");
  const tip = minorAt(body, text, "data", "object", name, "tip_money", "amount");
  if (typeof amount !== "bigint" || amount < 0n || tip === "absent") return amount;
  return typeof tip === "bigint" && tip >= 0n ? amount + tip : tip;
}
