import { createHash, randomUUID } from "node:crypto";
import { kindOf, type PaymentEvent, type PaymentEventType } from "../../src/domain/payment-event.ts";
import type { StorableDelivery } from "../../src/ports/event-store.ts";

/** A payment event with made-up ids; whatever matters to a test is given in `over`. */
export function paymentEvent(
  type: PaymentEventType | "other" = "payment.succeeded",
  over: Partial<PaymentEvent> = {},
): PaymentEvent {
  const source = over.source ?? "shop";
  const providerEventId = over.providerEventId ?? `evt_${randomUUID()}`;
  return {
    eventId: `${source}:${providerEventId}`,
    source,
    provider: "generic",
    providerEventId,
    providerType: type,
    type,
    kind: kindOf(type),
    transactionId: type === "other" ? null : `${source}:pay_${randomUUID()}`,
    receivedAt: "2026-01-02T03:04:05.678Z",
    occurredAt: "2026-01-02T03:04:00.000Z",
    amountMinor: "1999",
    currency: "EUR",
    ...over,
  };
}

/** A delivery of these events, with a body that follows from them unless one is given. */
export function delivery(
  events: PaymentEvent | readonly PaymentEvent[],
  over: Partial<StorableDelivery> = {},
): StorableDelivery {
  const list = Array.isArray(events) ? (events as readonly PaymentEvent[]) : [events as PaymentEvent];
  const payload = over.payload ?? Buffer.from(JSON.stringify(list));
  return {
    events: list,
    payload,
    bodySha256: createHash("sha256").update(payload).digest("hex"),
    bodyBytes: payload.byteLength,
    redacted: false,
    headers: { "content-type": "application/json" },
    ...over,
  };
}
