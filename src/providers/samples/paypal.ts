import { randomUUID, sign as signBytes } from "node:crypto";
import { crc32 } from "../crc32.ts";
import { randomId } from "./made-up-ids.ts";
import { type PaypalFacts, paypalFacts, RESOURCES, type ResourceName } from "./paypal-resources.ts";
import type { SampleRequest, Sampler, SigningContext } from "./sampler.ts";

interface Shape {
  readonly eventType: string;
  readonly resource: ResourceName;
  /** The resource's state, or a dispute's outcome. */
  readonly state: string;
}

/** By PayPal's event name. */
const EVENTS: Readonly<Record<string, Shape>> = Object.fromEntries(
  (
    [
      ["PAYMENT.AUTHORIZATION.CREATED", "authorization", "CREATED"],
      ["PAYMENT.AUTHORIZATION.VOIDED", "authorization", "VOIDED"],
      ["PAYMENT.CAPTURE.PENDING", "capture", "PENDING"],
      ["PAYMENT.CAPTURE.COMPLETED", "capture", "COMPLETED"],
      ["PAYMENT.CAPTURE.DENIED", "capture", "DECLINED"],
      ["PAYMENT.CAPTURE.DECLINED", "capture", "DECLINED"],
      ["PAYMENT.CAPTURE.REFUNDED", "refund", "COMPLETED"],
      ["PAYMENT.CAPTURE.REVERSED", "refund", "COMPLETED"],
      ["PAYMENT.REFUND.PENDING", "refund", "PENDING"],
      ["PAYMENT.REFUND.FAILED", "refund", "FAILED"],
      ["PAYMENT.SALE.COMPLETED", "sale", "completed"],
      ["PAYMENT.SALE.REFUNDED", "saleRefund", "completed"],
      ["CUSTOMER.DISPUTE.CREATED", "dispute", ""],
      ["CUSTOMER.DISPUTE.UPDATED", "dispute", ""],
      ["CUSTOMER.DISPUTE.RESOLVED", "dispute", "RESOLVED_BUYER_FAVOUR"],
    ] as const
  ).map(([eventType, resource, state]) => [eventType, { eventType, resource, state }]),
);

/** Which event PayPal sends for each of our types. */
const OURS: Readonly<Record<string, Shape>> = {
  "payment.pending": { eventType: "PAYMENT.CAPTURE.PENDING", resource: "capture", state: "PENDING" },
  "payment.authorized": { eventType: "PAYMENT.AUTHORIZATION.CREATED", resource: "authorization", state: "CREATED" },
  "payment.succeeded": { eventType: "PAYMENT.CAPTURE.COMPLETED", resource: "capture", state: "COMPLETED" },
  "payment.failed": { eventType: "PAYMENT.CAPTURE.DENIED", resource: "capture", state: "DECLINED" },
  "payment.canceled": { eventType: "PAYMENT.AUTHORIZATION.VOIDED", resource: "authorization", state: "VOIDED" },
  "refund.pending": { eventType: "PAYMENT.REFUND.PENDING", resource: "refund", state: "PENDING" },
  "refund.succeeded": { eventType: "PAYMENT.CAPTURE.REFUNDED", resource: "refund", state: "COMPLETED" },
  "refund.failed": { eventType: "PAYMENT.REFUND.FAILED", resource: "refund", state: "FAILED" },
  "dispute.opened": { eventType: "CUSTOMER.DISPUTE.CREATED", resource: "dispute", state: "" },
  "dispute.won": { eventType: "CUSTOMER.DISPUTE.RESOLVED", resource: "dispute", state: "RESOLVED_SELLER_FAVOUR" },
  "dispute.lost": { eventType: "CUSTOMER.DISPUTE.RESOLVED", resource: "dispute", state: "RESOLVED_BUYER_FAVOUR" },
};

const SHAPES: Readonly<Record<string, Shape>> = { ...OURS, ...EVENTS };
const types = Object.keys(SHAPES);

/** PayPal REST webhooks, signed with a key whose certificate the receiver has to trust. */
export const paypalSampler: Sampler = { types, body, sign };

function body(request: SampleRequest): string {
  const shape = Object.hasOwn(SHAPES, request.type) ? SHAPES[request.type] : undefined;
  if (shape === undefined) {
    throw new RangeError(`PayPal has no sample of type ${request.type}; there is ${types.join(", ")}`);
  }
  const facts = paypalFacts(request);
  const id = request.eventId ?? `WH-${randomId(17).toUpperCase()}-${randomId(17).toUpperCase()}`;
  const { type, version, write } = RESOURCES[shape.resource];
  return JSON.stringify({
    id,
    event_version: "1.0",
    create_time: facts.at,
    resource_type: type,
    ...(version === null ? {} : { resource_version: version }),
    event_type: shape.eventType,
    summary: summary(shape, facts),
    resource: write(facts, shape.state),
    links: [
      { href: `${API}/v1/notifications/webhooks-events/${id}`, rel: "self", method: "GET" },
      { href: `${API}/v1/notifications/webhooks-events/${id}/resend`, rel: "resend", method: "POST" },
    ],
  });
}

const API = "https://api.sandbox.paypal.com";

function summary({ resource }: Shape, { value, currency }: PaypalFacts): string {
  return resource === "dispute" ? "A dispute changed" : `A ${value} ${currency} ${resource} changed`;
}

function sign(body: Uint8Array, { settings, now, signingKey, certUrl }: SigningContext): Record<string, string> {
  if (signingKey === undefined || certUrl === undefined) throw new RangeError("PayPal signs with a private key");
  const id = randomUUID();
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const signed = `${id}|${time}|${String(settings.webhookId)}|${crc32(body)}`;
  return {
    "content-type": "application/json",
    "user-agent": "PayPal/AUHD-214.0-58391792",
    "paypal-transmission-id": id,
    "paypal-transmission-time": time,
    "paypal-transmission-sig": signBytes("sha256", Buffer.from(signed), signingKey).toString("base64"),
    "paypal-cert-url": certUrl,
    "paypal-auth-algo": "SHA256withRSA",
    "paypal-auth-version": "v2",
  };
}
