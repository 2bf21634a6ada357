import { isObject, type JsonValue } from "../../domain/json.ts";
import { toAdyen } from "../adyen-amount.ts";
import { readItems, signAdyen, signedFields } from "../adyen-signature.ts";
import { derivedId, randomId } from "./made-up-ids.ts";
import type { SampleRequest, Sampler, SigningContext } from "./sampler.ts";

interface Shape {
  readonly eventCode: string;
  readonly success: "true" | "false";
  /** What `pspReference` is the reference of; for everything but the payment itself `originalReference` names that. */
  readonly subject: "payment" | "modification" | "refund" | "dispute";
}

const shape = (eventCode: string, subject: Shape["subject"], success: Shape["success"] = "true"): Shape => ({
  eventCode,
  success,
  subject,
});

/** By Adyen's event code. */
const EVENTS: Readonly<Record<string, Shape>> = Object.fromEntries(
  [
    shape("PENDING", "payment"),
    shape("AUTHORISATION", "payment"),
    shape("CAPTURE", "modification"),
    shape("CAPTURE_FAILED", "modification"),
    shape("CANCELLATION", "modification"),
    shape("EXPIRE", "modification"),
    shape("REFUND", "refund"),
    shape("REFUND_FAILED", "refund"),
    shape("REFUNDED_REVERSED", "refund"),
    shape("REQUEST_FOR_INFORMATION", "dispute"),
    shape("NOTIFICATION_OF_CHARGEBACK", "dispute"),
    shape("CHARGEBACK", "dispute"),
    shape("CHARGEBACK_REVERSED", "dispute"),
    shape("SECOND_CHARGEBACK", "dispute"),
  ].map((event) => [event.eventCode, event]),
);

/** Which event Adyen sends for each of our types. */
const OURS: Readonly<Record<string, Shape>> = {
  "payment.pending": shape("PENDING", "payment"),
  "payment.authorized": shape("AUTHORISATION", "payment"),
  "payment.succeeded": shape("CAPTURE", "modification"),
  "payment.failed": shape("AUTHORISATION", "payment", "false"),
  "payment.canceled": shape("CANCELLATION", "modification"),
  "payment.expired": shape("EXPIRE", "modification"),
  "refund.succeeded": shape("REFUND", "refund"),
  "refund.failed": shape("REFUND", "refund", "false"),
  "dispute.opened": shape("NOTIFICATION_OF_CHARGEBACK", "dispute"),
  "dispute.won": shape("CHARGEBACK_REVERSED", "dispute"),
  "dispute.lost": shape("CHARGEBACK", "dispute"),
};

const SHAPES: Readonly<Record<string, Shape>> = { ...OURS, ...EVENTS };
const types = Object.keys(SHAPES);

/** Batches of one item, as Adyen's standard webhooks send them. The signature of an item is inside it: `seal`. */
export const adyenSampler: Sampler = { types, body, seal, sign };

function body(request: SampleRequest): string {
  const found = Object.hasOwn(SHAPES, request.type) ? SHAPES[request.type] : undefined;
  if (found === undefined) {
    throw new RangeError(`Adyen has no sample of type ${request.type}; there is ${types.join(", ")}`);
  }
  const item = writeItem(request, found);
  return JSON.stringify({ live: "false", notificationItems: [{ NotificationRequestItem: item }] });
}

function writeItem(request: SampleRequest, { eventCode, success, subject }: Shape) {
  const value = Number(toAdyen(request.amountMinor, request.currency));
  if (!Number.isSafeInteger(value)) throw new RangeError("the amount is larger than any that Adyen sends");
  const payment = request.paymentId ?? reference();
  const given = { payment, modification: request.eventId, refund: request.refundId, dispute: request.disputeId };
  return {
    additionalData: { cardSummary: "1111", expiryDate: "03/2030", paymentMethodVariant: "visa" },
    amount: { currency: request.currency, value },
    eventCode,
    eventDate: amsterdamTime(request.occurredAt),
    merchantAccountCode: "ExampleShopECOM",
    merchantReference: `order-${derivedId(payment, 8)}`,
    ...(subject === "payment" ? {} : { originalReference: payment }),
    paymentMethod: "visa",
    pspReference: given[subject] ?? reference(),
    reason: success === "true" ? "" : "Refused",
    success,
  };
}

function reference(): string {
  return randomId(16).toUpperCase();
}

/** Adyen writes its own time zone; winter time is as good as any. */
function amsterdamTime(at: number): string {
  return `${new Date(at + 3_600_000).toISOString().slice(0, 19)}+01:00`;
}

function seal(body: Uint8Array, { secret }: SigningContext): Uint8Array {
  if (secret === null) throw new RangeError("Adyen signs with a secret");
  const parsed = JSON.parse(Buffer.from(body).toString("utf8")) as JsonValue;
  const items = readItems(parsed);
  if (items === null) throw new RangeError("not a batch of Adyen items");
  const sealed = items.map((item) => ({ NotificationRequestItem: sealItem(item, secret) }));
  return Buffer.from(JSON.stringify({ ...(parsed as object), notificationItems: sealed }));
}

function sealItem(item: JsonValue, secret: string) {
  const signed = signedFields(item);
  if (signed === null || !isObject(item)) throw new RangeError("an item has a field that Adyen cannot sign");
  const data = isObject(item.additionalData) ? item.additionalData : {};
  return { ...item, additionalData: { ...data, hmacSignature: signAdyen(signed, secret) } };
}

function sign(): Record<string, string> {
  return { "content-type": "application/json; charset=utf-8", "user-agent": "Adyen HttpClient 1.0" };
}
