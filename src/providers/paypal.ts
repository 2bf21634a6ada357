import { at, type JsonValue, textAt, withNumbersAsText } from "../domain/json.ts";
import { parseMajor, readCurrency } from "../domain/money.ts";
import type { Normalisation } from "../domain/outcome.ts";
import { kindOf, type NormalisedEvent, type PaymentEventType } from "../domain/payment-event.ts";
import type { Provider } from "../domain/provider.ts";
import { readEventId } from "./event-id.ts";
import { readInstant } from "./instant.ts";
import { amountFields, type MinorRead } from "./minor-amount.ts";
import { verifyPaypal } from "./paypal-signature.ts";

/**
 * PayPal REST webhooks, v1 and v2 resources.
 * https://developer.paypal.com/api/rest/webhooks/event-names/
 */
export const paypal: Provider = {
  name: "paypal",
  title: "PayPal",
  signatureHeaders: [
    "paypal-transmission-id",
    "paypal-transmission-time",
    "paypal-transmission-sig",
    "paypal-cert-url",
    "paypal-auth-algo",
  ],
  secret: null,
  settings: {
    webhookId: {
      type: "string",
      required: true,
      describe: "The id of your webhook at PayPal; it is part of what is signed. It is no secret",
      pattern: /^[A-Za-z0-9_-]{1,50}$/,
    },
    certs: {
      type: "object",
      describe: "PayPal's signing certificates",
      fields: {
        dir: {
          type: "string",
          describe: 'Folder where they are kept; a file is named after the last segment of its URL and ".pem"',
        },
        roots: {
          type: "strings",
          describe: "PEM files to trust besides the built-in DigiCert roots: a root, or an intermediate to pin",
          default: [],
        },
      },
    },
  },
  verify: verifyPaypal,
  normalise,
};

function normalise(body: JsonValue, text: string): Normalisation {
  const providerEventId = readEventId(at(body, "id"));
  if (providerEventId === null) return { kind: "malformed", reason: "no_event_id" };
  const providerType = textAt(body, "event_type") ?? "unknown";
  return { kind: "events", events: [{ providerEventId, providerType, ...readEvent(providerType, body, text) }] };
}

type Reading = Omit<NormalisedEvent, "providerEventId" | "providerType">;

/** What a resource says of a payment: everything but when and how much. */
type Claim = Pick<NormalisedEvent, "paymentId" | "refundId" | "disputeId"> & { readonly type: PaymentEventType };

function readEvent(providerType: string, body: JsonValue, text: string): Reading {
  const path = pathOfObject(providerType, body);
  const object = at(body, ...path);
  const claim = path === ORDER_CAPTURE ? readOrderCapture(object) : readClaim(providerType, object);
  const times = [at(object, "update_time"), at(object, "create_time"), at(body, "create_time")];
  const occurredAt = times.reduce<string | null>((found, time) => found ?? readInstant(time), null);
  if (claim === null) return { type: "other", paymentId: null, occurredAt, amountMinor: null, currency: null };
  return { ...claim, occurredAt, ...readMoney([...path, moneyField(claim)], claim, body, text) };
}

type Path = readonly (string | number)[];

const RESOURCE: Path = ["resource"];
const ORDER_CAPTURE: Path = ["resource", "purchase_units", 0, "payments", "captures", 0];

/** An order is not a payment, but an order that was captured in one piece carries the capture. */
function pathOfObject(providerType: string, body: JsonValue): Path {
  if (providerType !== "CHECKOUT.ORDER.COMPLETED") return RESOURCE;
  const units = at(body, "resource", "purchase_units");
  const captures = at(body, ...ORDER_CAPTURE.slice(0, -1));
  const isOne = Array.isArray(units) && units.length === 1 && Array.isArray(captures) && captures.length === 1;
  return isOne ? ORDER_CAPTURE : RESOURCE;
}

function readClaim(providerType: string, object: JsonValue | undefined): Claim | null {
  const payment = PAYMENTS.get(providerType);
  if (payment !== undefined) return { type: payment, paymentId: readEventId(at(object, "id")) };
  if (REFUNDS.test(providerType)) return readRefund(providerType, object);
  return DISPUTES.test(providerType) ? readDispute(providerType, object) : null;
}

// An authorisation has an id of its own: PayPal does not name it in the events of its capture's refunds, so it is a
// payment of its own. CHECKOUT.ORDER.APPROVED and the like name no payment at all.
const PAYMENTS: ReadonlyMap<string, PaymentEventType> = new Map([
  ["PAYMENT.CAPTURE.COMPLETED", "payment.succeeded"],
  ["PAYMENT.CAPTURE.PENDING", "payment.pending"],
  ["PAYMENT.CAPTURE.DENIED", "payment.failed"],
  ["PAYMENT.CAPTURE.DECLINED", "payment.failed"],
  ["PAYMENT.SALE.COMPLETED", "payment.succeeded"],
  ["PAYMENT.SALE.PENDING", "payment.pending"],
  ["PAYMENT.SALE.DENIED", "payment.failed"],
  ["PAYMENT.AUTHORIZATION.CREATED", "payment.authorized"],
  ["PAYMENT.AUTHORIZATION.VOIDED", "payment.canceled"],
]);

const CAPTURE_STATES: ReadonlyMap<string | null, PaymentEventType> = new Map([
  ["COMPLETED", "payment.succeeded"],
  ["PARTIALLY_REFUNDED", "payment.succeeded"],
  ["REFUNDED", "payment.succeeded"],
  ["PENDING", "payment.pending"],
  ["DECLINED", "payment.failed"],
  ["FAILED", "payment.failed"],
]);

function readOrderCapture(capture: JsonValue | undefined): Claim | null {
  const type = CAPTURE_STATES.get(textAt(capture, "status"));
  return type === undefined ? null : { type, paymentId: readEventId(at(capture, "id")) };
}

const REFUNDS = /^PAYMENT\.(?:(?:CAPTURE|SALE)\.(?:REFUNDED|REVERSED)|REFUND\.[A-Z]+)$/;

const REFUND_STATES: ReadonlyMap<string | undefined, PaymentEventType> = new Map([
  ["PENDING", "refund.pending"],
  ["FAILED", "refund.failed"],
  ["DENIED", "refund.failed"],
  ["CANCELLED", "refund.failed"],
]);

/**
 * The resource is the refund. A reversal (`REVERSED`) is one too: PayPal took the money back, for a bank or after a
 * dispute. It has a refund's resource and id; the dispute behind it, if any, is told by its own events.
 */
function readRefund(providerType: string, refund: JsonValue | undefined): Claim | null {
  const refundId = readEventId(at(refund, "id"));
  // Without its id it would count as the total refunded so far.
  if (refundId === null) return null;
  const state = textAt(refund, "status") ?? textAt(refund, "state");
  const named = /^PAYMENT\.REFUND\.(.+)$/.exec(providerType)?.[1];
  const type = REFUND_STATES.get(named) ?? REFUND_STATES.get(state?.toUpperCase()) ?? "refund.succeeded";
  return { type, refundId, paymentId: readRefundedPayment(refund) };
}

/** v1 names the sale or the capture; v2 only links to it. */
function readRefundedPayment(refund: JsonValue | undefined): string | null {
  const named = readEventId(at(refund, "sale_id")) ?? readEventId(at(refund, "capture_id"));
  if (named !== null) return named;
  const links = at(refund, "links");
  for (const link of Array.isArray(links) ? links : []) {
    const segment = /\/(?:captures?|sale)\/([A-Za-z0-9_-]{1,64})$/.exec(textAt(link, "href") ?? "")?.[1];
    if (segment !== undefined && ["up", "sale", "capture"].includes(textAt(link, "rel") ?? "")) return segment;
  }
  return null;
}

const DISPUTES = /^CUSTOMER\.DISPUTE\.(?:CREATED|UPDATED|RESOLVED)$/;

// The outcome is the seller's: with a payout PayPal pays the buyer itself.
const OUTCOMES: ReadonlyMap<string | null, PaymentEventType> = new Map([
  ["RESOLVED_BUYER_FAVOUR", "dispute.lost"],
  ["ACCEPTED", "dispute.lost"],
  ["RESOLVED_SELLER_FAVOUR", "dispute.won"],
  ["RESOLVED_WITH_PAYOUT", "dispute.won"],
  ["CANCELED_BY_BUYER", "dispute.won"],
  ["DENIED", "dispute.won"],
]);

function readDispute(providerType: string, dispute: JsonValue | undefined): Claim | null {
  const outcome = OUTCOMES.get(textAt(dispute, "dispute_outcome", "outcome_code"));
  // Resolved in a way that PayPal does not tell: neither open nor known to be won or lost.
  if (outcome === undefined && providerType === "CUSTOMER.DISPUTE.RESOLVED") return null;
  const disputeId = readEventId(at(dispute, "dispute_id"));
  return {
    type: outcome ?? "dispute.opened",
    paymentId: readEventId(at(dispute, "disputed_transactions", 0, "seller_transaction_id")),
    ...(disputeId === null ? {} : { disputeId }),
  };
}

function moneyField(claim: Claim): string {
  return kindOf(claim.type) === "dispute" ? "dispute_amount" : "amount";
}

/** v2 says `{value, currency_code}`, v1 `{total, currency}`, where a refund is negative. Major units. */
function readMoney(
  path: Path,
  claim: Claim,
  body: JsonValue,
  text: string,
): Pick<NormalisedEvent, "amountMinor" | "currency" | "quarantine"> {
  const version = at(body, ...path, "total") === undefined ? V2 : V1;
  const currency = readCurrency(at(body, ...path, version.currency));
  const read = readAmount([...path, version.amount], currency, body, text);
  const amount =
    version === V1 && kindOf(claim.type) === "refund" && typeof read === "bigint" && read < 0n ? -read : read;
  return { currency, ...amountFields(amount) };
}

const V1 = { amount: "total", currency: "currency" };
const V2 = { amount: "value", currency: "currency_code" };

function readAmount(path: Path, currency: string | null, body: JsonValue, text: string): MinorRead {
  const value = at(body, ...path);
  if (value === undefined || value === null) return "absent";
  // Old v1 resources have JSON numbers.
  const exact = typeof value === "number" ? at(withNumbersAsText(text), ...path) : value;
  if (typeof exact !== "string" || currency === null) return "invalid";
  const minor = parseMajor(exact, currency);
  return typeof minor === "bigint" ? minor : "invalid";
}
