import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kindOf, PAYMENT_EVENT_TYPES, type PaymentEvent, type PaymentEventType } from "./payment-event.ts";
import { amountMinor, apply, refundedMinor, statusOf, type Transaction } from "./transaction.ts";

let next = 0;

function event(type: PaymentEventType | "other", over: Partial<PaymentEvent> = {}): PaymentEvent {
  const id = over.providerEventId ?? `evt_${++next}`;
  return {
    eventId: `stripe:${id}`,
    source: "stripe",
    provider: "stripe",
    providerEventId: id,
    providerType: type,
    type,
    kind: kindOf(type),
    transactionId: "stripe:pi_1",
    receivedAt: "2026-01-01T00:00:00.000Z",
    occurredAt: "2026-01-01T00:00:00.000Z",
    amountMinor: "1000",
    currency: "EUR",
    ...over,
  };
}

function applyAll(events: readonly PaymentEvent[]): Transaction {
  let transaction: Transaction | undefined;
  for (const one of events) {
    const applied = apply(transaction, one);
    if (applied.kind === "settled") transaction = applied.transaction;
  }
  return transaction as Transaction;
}

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

describe("a transaction", () => {
  it("is the same whatever the order and the repetitions of its events", () => {
    const anyEvent = fc
      .record({
        id: fc.integer({ min: 0, max: 12 }),
        type: fc.constantFrom(...PAYMENT_EVENT_TYPES),
        second: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
        amount: fc.option(fc.integer({ min: 0, max: 5 }), { nil: null }),
        subject: fc.constantFrom("a", "b", "__proto__", undefined),
      })
      .map(({ id, type, second, amount, subject }) =>
        event(type, {
          // An id says the same whenever it comes, so all that it says goes into it.
          providerEventId: `e${id}-${type}-${second}-${amount}-${subject}`,
          occurredAt: second === null ? null : at(second),
          amountMinor: amount === null ? null : String(amount * 100),
          ...(subject === undefined ? {} : kindOf(type) === "refund" ? { refundId: subject } : { disputeId: subject }),
        }),
      );
    const eventsAndShuffle = fc
      .array(anyEvent, { minLength: 1, maxLength: 10 })
      .chain((events) =>
        fc.tuple(
          fc.constant(events),
          fc.shuffledSubarray([...events, ...events, ...events], { minLength: events.length * 3 }),
        ),
      );
    fc.assert(
      fc.property(eventsAndShuffle, ([events, shuffled]) => {
        expect(applyAll(shuffled)).toEqual(applyAll(events));
      }),
      { numRuns: 500 },
    );
  });

  it("is not regressed by a late older event", () => {
    const succeeded = event("payment.succeeded", { occurredAt: at(5) });
    const paid = applyAll([succeeded]);
    const late = apply(paid, event("payment.processing", { occurredAt: at(1) }));
    expect(late).toMatchObject({ kind: "settled", effect: "stale", from: "succeeded", to: "succeeded" });
  });

  it("takes the further step when the provider dates two events to the same instant", () => {
    const both = [event("payment.authorized"), event("payment.processing")];
    expect(statusOf(applyAll(both))).toBe("authorized");
    expect(statusOf(applyAll(both.toReversed()))).toBe("authorized");
  });

  it("stays succeeded even when a cancellation is dated later", () => {
    const events = [
      event("payment.succeeded", { occurredAt: at(1) }),
      event("payment.canceled", { occurredAt: at(9) }),
    ];
    expect(statusOf(applyAll(events))).toBe("succeeded");
  });

  it("lets a failed payment be tried again", () => {
    const events = [event("payment.failed", { occurredAt: at(1) }), event("payment.processing", { occurredAt: at(2) })];
    expect(statusOf(applyAll(events))).toBe("processing");
  });

  it("adds up refunds by their own id and says whether anything is left", () => {
    const paid = event("payment.succeeded");
    const first = event("refund.succeeded", { refundId: "re_1", amountMinor: "400" });
    const again = event("refund.succeeded", { refundId: "re_1", amountMinor: "400", occurredAt: at(3) });
    const rest = event("refund.succeeded", { refundId: "re_2", amountMinor: "600" });
    expect(statusOf(applyAll([paid, first, again]))).toBe("partially_refunded");
    expect(refundedMinor(applyAll([paid, first, again]))).toBe(400n);
    expect(statusOf(applyAll([paid, first, again, rest]))).toBe("refunded");
  });

  it("takes back a refund that failed after it had succeeded", () => {
    const paid = event("payment.succeeded");
    const done = event("refund.succeeded", { refundId: "re_1", occurredAt: at(1) });
    const total = event("refund.succeeded", { amountMinor: "1000", occurredAt: at(1) });
    const bounced = event("refund.failed", { refundId: "re_1", occurredAt: at(2) });
    for (const events of [
      [paid, done, bounced],
      [bounced, total, paid, done],
    ]) {
      expect(statusOf(applyAll(events))).toBe("succeeded");
      expect(refundedMinor(applyAll(events))).toBe(0n);
    }
  });

  it("takes a cumulative refund total as a maximum", () => {
    const totals = ["400", "300"].map((amount) => event("refund.succeeded", { amountMinor: amount }));
    expect(refundedMinor(applyAll([event("payment.succeeded"), ...totals]))).toBe(400n);
  });

  it("shows an open dispute, then how it ended", () => {
    const opened = event("dispute.opened", { disputeId: "dp_1", occurredAt: at(1) });
    const paid = event("payment.succeeded");
    expect(statusOf(applyAll([paid, opened]))).toBe("disputed");
    const ended = (type: "dispute.won" | "dispute.lost") => event(type, { disputeId: "dp_1", occurredAt: at(2) });
    expect(statusOf(applyAll([ended("dispute.won"), paid, opened]))).toBe("succeeded");
    expect(statusOf(applyAll([ended("dispute.lost"), paid, opened]))).toBe("charged_back");
  });

  it("keeps the amount of its greatest claim that bore one", () => {
    const events = [
      event("payment.pending", { amountMinor: "1000" }),
      event("payment.succeeded", { amountMinor: "900", occurredAt: at(1) }),
      event("payment.succeeded", { amountMinor: null, occurredAt: at(2) }),
    ];
    expect(amountMinor(applyAll(events))).toBe(900n);
  });

  it("refuses to change its currency", () => {
    const paid = applyAll([event("payment.succeeded")]);
    expect(apply(paid, event("refund.succeeded", { refundId: "re_1", currency: "USD" }))).toEqual({
      kind: "quarantined",
      reason: "currency_changed",
    });
  });

  it("is left alone by an event that says nothing of a payment, and by its own events repeated", () => {
    const paid = event("payment.succeeded");
    const transaction = applyAll([paid]);
    expect(apply(transaction, event("other"))).toMatchObject({ effect: "none", transaction });
    expect(apply(transaction, paid)).toMatchObject({ effect: "none", transaction });
    expect(apply(undefined, event("other", { transactionId: null }))).toMatchObject({
      effect: "none",
      transaction: undefined,
      to: null,
    });
  });
});
