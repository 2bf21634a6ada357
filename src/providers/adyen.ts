import { at, type JsonValue, readJson, textAt } from "../domain/json.ts";
import { readCurrency } from "../domain/money.ts";
import type { Normalisation } from "../domain/outcome.ts";
import type { EventType, NormalisedEvent } from "../domain/payment-event.ts";
import type { Provider } from "../domain/provider.ts";
import { fromAdyen } from "./adyen-amount.ts";
import { ADYEN_DEPTH, ADYEN_KEY, readItems, type SignedFields, signedFields, verifyAdyen } from "./adyen-signature.ts";
import { readEventId } from "./event-id.ts";
import { readInstant } from "./instant.ts";
import { amountFields, type MinorRead, minorAt } from "./minor-amount.ts";

/**
 * Adyen's standard webhooks: a batch of items, each signed by itself inside the body.
 * https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures
 */
export const adyen: Provider = {
  name: "adyen",
  title: "Adyen",
  signatureHeaders: [],
  secret: { describe: "The webhook's HMAC key: 64 hexadecimal digits, as Adyen shows it", pattern: ADYEN_KEY },
  settings: {
    merchantAccounts: {
      type: "strings",
      describe: "The merchant accounts whose events are believed. Without it the account in an item is not checked",
    },
  },
  verify: verifyAdyen,
  normalise,
  reply: { contentType: "text/plain", body: "[accepted]" },
  sameContent,
};

function normalise(body: JsonValue, text: string): Normalisation {
  const items = readItems(body);
  if (items === null) return { kind: "malformed", reason: "schema", detail: "notificationItems" };
  const events = new Map<string, NormalisedEvent>();
  for (const [index, item] of items.entries()) {
    const signed = signedFields(item);
    const id = signed === null ? null : eventIdOf(signed);
    if (signed === null || id === null) return { kind: "malformed", reason: "no_event_id" };
    // A batch may hold two copies of one event.
    if (!events.has(id)) events.set(id, readItem(id, item, signed, minorOf(body, text, index)));
  }
  return { kind: "events", events: [...events.values()] };
}

/** Adyen has no event id; the same event has the same of these three in every copy. */
function eventIdOf({ eventCode, pspReference, success }: SignedFields): string | null {
  return eventCode === "" || pspReference === "" ? null : readEventId(`${eventCode}:${pspReference}:${success}`);
}

function minorOf(body: JsonValue, text: string, index: number): MinorRead {
  return minorAt(body, text, "notificationItems", index, "NotificationRequestItem", "amount", "value");
}

function readItem(providerEventId: string, item: JsonValue, signed: SignedFields, minor: MinorRead): NormalisedEvent {
  const type = typeOf(item, signed);
  // `eventDate` is not signed. It is the only time there is, so it orders events, and nothing more.
  const event = {
    providerEventId,
    providerType: signed.eventCode,
    type,
    occurredAt: readInstant(at(item, "eventDate")),
  };
  if (type === "other") return { ...event, paymentId: null, amountMinor: null, currency: null };
  const paymentId = readEventId(signed.originalReference) ?? readEventId(signed.pspReference);
  const currency = readCurrency(signed.currency);
  return {
    ...event,
    paymentId,
    currency,
    ...amountFields(fromAdyen(minor, currency)),
    ...subject(type, signed),
  };
}

/**
 * Which refund or dispute: all events of one dispute have its reference, and `REFUND_FAILED` and `REFUNDED_REVERSED`
 * that of the refund they are about. https://docs.adyen.com/risk-management/disputes-api/dispute-notifications
 */
function subject(type: EventType, { pspReference }: SignedFields): Pick<NormalisedEvent, "refundId" | "disputeId"> {
  if (type.startsWith("refund.")) return { refundId: pspReference };
  return type.startsWith("dispute.") ? { disputeId: pspReference } : {};
}

function typeOf(item: JsonValue, { eventCode, success }: SignedFields): EventType {
  if (eventCode === "CANCEL_OR_REFUND") return success === "true" ? readModification(item) : "other";
  const [succeeded, failed] = TYPES.get(eventCode) ?? [];
  return (success === "true" ? succeeded : success === "false" ? failed : undefined) ?? "other";
}

/** Not signed, but either answer says that no money stays. */
function readModification(item: JsonValue): EventType {
  const action = textAt(item, "additionalData", "modification.action");
  return action === "refund" ? "refund.succeeded" : action === "cancel" ? "payment.canceled" : "other";
}

/** By event code: what it means with success "true" and with "false". https://docs.adyen.com/development-resources/webhooks/webhook-types */
const TYPES: ReadonlyMap<string, readonly [succeeded: EventType, failed: EventType]> = new Map([
  ["PENDING", ["payment.pending", "other"]],
  ["AUTHORISATION", ["payment.authorized", "payment.failed"]],
  ["CAPTURE", ["payment.succeeded", "payment.failed"]],
  ["CAPTURE_FAILED", ["payment.failed", "payment.failed"]],
  ["CANCELLATION", ["payment.canceled", "other"]],
  ["TECHNICAL_CANCEL", ["payment.canceled", "other"]],
  ["OFFER_CLOSED", ["payment.expired", "other"]],
  ["EXPIRE", ["payment.expired", "other"]],
  ["REFUND", ["refund.succeeded", "refund.failed"]],
  ["REFUND_WITH_DATA", ["refund.succeeded", "refund.failed"]],
  ["REFUND_FAILED", ["refund.failed", "refund.failed"]],
  ["REFUNDED_REVERSED", ["refund.failed", "refund.failed"]],
  ["REQUEST_FOR_INFORMATION", ["dispute.opened", "other"]],
  ["NOTIFICATION_OF_CHARGEBACK", ["dispute.opened", "other"]],
  // The money is gone with the chargeback itself; a defence can bring it back.
  ["CHARGEBACK", ["dispute.lost", "other"]],
  ["SECOND_CHARGEBACK", ["dispute.lost", "other"]],
  ["PREARBITRATION_LOST", ["dispute.lost", "other"]],
  ["PREARBITRATION_WON", ["dispute.won", "other"]],
  ["CHARGEBACK_REVERSED", ["dispute.won", "other"]],
] as const);

/** Later copies may have newer unsigned fields, so only what is signed counts, of the events that both bodies have. */
function sameContent(first: Uint8Array, later: Uint8Array): boolean {
  const known = signedById(first);
  const common = [...signedById(later)].filter(([id]) => known.has(id));
  return common.length > 0 && common.every(([id, signed]) => known.get(id) === signed);
}

function signedById(body: Uint8Array): ReadonlyMap<string, string> {
  const json = readJson(body, ADYEN_DEPTH);
  const entries = ((json.ok ? readItems(json.value) : null) ?? []).flatMap((item): [string, string][] => {
    const signed = signedFields(item);
    const id = signed === null ? null : eventIdOf(signed);
    return signed === null || id === null ? [] : [[id, JSON.stringify(Object.values(signed))]];
  });
  return new Map(entries);
}
