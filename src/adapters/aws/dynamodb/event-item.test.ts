import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kindOf, PAYMENT_EVENT_TYPES, type PaymentEvent } from "../../../domain/payment-event.ts";
import type { StorableDelivery } from "../../../ports/event-store.ts";
import { messageIn, newEventItem, storableEvent, storedEventIn } from "./event-item.ts";
import { DEFAULT_KEY } from "./event-key.ts";

const text = fc.string({ unit: "grapheme" });
const time = fc.date({ min: new Date("2020-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }).map(iso);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const anyEvent: fc.Arbitrary<PaymentEvent> = fc
  .record({
    source: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
    providerEventId: fc.string({ unit: "grapheme", minLength: 1 }),
    type: fc.constantFrom(...PAYMENT_EVENT_TYPES, "other" as const),
    given: fc.record({
      provider: text,
      providerType: text,
      transactionId: maybe(text),
      receivedAt: time,
      occurredAt: maybe(time),
      amountMinor: maybe(fc.oneof(fc.bigInt().map(String), text)),
      currency: maybe(text),
    }),
    optional: fc.record(
      { refundId: text, disputeId: text, quarantine: fc.constant("negative_amount" as const) },
      { requiredKeys: [] },
    ),
  })
  .map(({ source, providerEventId, type, given, optional }) => ({
    eventId: `${source}:${providerEventId}`,
    source,
    providerEventId,
    type,
    kind: kindOf(type),
    ...given,
    ...optional,
  }));

const anyDelivery: fc.Arbitrary<Omit<StorableDelivery, "events">> = fc.record({
  payload: fc.uint8Array(),
  bodySha256: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("hex")),
  bodyBytes: fc.nat(),
  redacted: fc.boolean(),
  headers: fc.record({ "content-type": text }),
});

const mark = { mark: "mark", retentionMs: 30 * 24 * 3_600_000 };

describe("an event's item", () => {
  it("says exactly what was stored, nothing more and nothing less", () => {
    fc.assert(
      fc.property(anyEvent, anyDelivery, (event, given) => {
        const item = newEventItem(DEFAULT_KEY, event, { events: [event], ...given }, mark);
        const { payload: _, ...shown } = given;
        expect(storedEventIn(DEFAULT_KEY, item)).toEqual({
          record: {
            event,
            status: "received",
            processedAt: null,
            deadAt: null,
            effect: null,
            statusFrom: null,
            statusTo: null,
            reason: null,
            attempts: [],
            copies: 1,
            hasPayload: true,
            ...shown,
          },
          waiting: true,
          tries: 0,
          generation: 0,
          replaying: false,
          archiveKey: null,
        });
        expect(messageIn(DEFAULT_KEY, item)).toEqual({ event, generation: 0, replay: false });
      }),
    );
  });

  it("has only text that comes back as it went in", () => {
    const odd = "a\ud800b";
    const [event] = fc.sample(anyEvent, { numRuns: 1, seed: 1 }) as [PaymentEvent];
    const stored = storableEvent({ ...event, providerType: odd, transactionId: odd, refundId: odd, disputeId: odd });
    for (const name of ["providerType", "transactionId", "refundId", "disputeId"] as const) {
      expect(stored[name]).toBe("a\ufffdb");
    }
    expect(storableEvent(event)).toEqual(event);
  });

  it("expires when the retention is over, and not a moment before", () => {
    const [event] = fc.sample(anyEvent, { numRuns: 1, seed: 1 }) as [PaymentEvent];
    const [given] = fc.sample(anyDelivery, { numRuns: 1, seed: 1 }) as [Omit<StorableDelivery, "events">];
    const received = { ...event, receivedAt: "2026-01-02T03:04:05.001Z" };
    const { expiry_time } = newEventItem(DEFAULT_KEY, received, { events: [received], ...given }, mark);
    expect(expiry_time).toEqual({ N: String(Date.parse("2026-02-01T03:04:06.000Z") / 1000) });
  });
});

function iso(date: Date): string {
  return date.toISOString();
}
