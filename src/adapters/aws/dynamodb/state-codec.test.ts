import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { paymentEvent } from "../../../../test/support/payment-events.ts";
import { StoreError } from "../../../domain/errors.ts";
import { PAYMENT_EVENT_TYPES, type PaymentEvent } from "../../../domain/payment-event.ts";
import { apply, type Transaction } from "../../../domain/transaction.ts";
import type { HistoryEntry } from "../../../ports/ledger.ts";
import { decodeState, encodeState, type LedgerState } from "./state-codec.ts";

describe("the state of a transaction", () => {
  it("comes back as it was written, whatever its events hold", () => {
    const events = fc.array(
      fc.record({
        type: fc.constantFrom(...PAYMENT_EVENT_TYPES),
        providerEventId: fc.string({ minLength: 1 }),
        refundId: fc.constantFrom("re_1", "re_2", "__proto__", "ré\u{1F4A5}\u2028", "\ud800"),
        occurredAt: fc.option(fc.date({ noInvalidDate: true }).map((date) => date.toISOString())),
        amountMinor: fc.option(fc.bigInt({ min: 0n, max: 10n ** 24n }).map(String)),
        currency: fc.constantFrom("EUR", null),
      }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(events, (list) => {
        const state = stateAfter(list.map(({ type, ...over }) => paymentEvent(type, over)));
        expect(decodeState(encodeState(state))).toEqual(state);
      }),
      { numRuns: 50 },
    );
  });

  it("still reads what was written with the first dictionary", () => {
    const written =
      "AcOWSjPyC6wKEishrkAkUkTBQ6NEaRRiYGxlYII9tYAcBQkacpMkSZYgJUhLS0u0BElEMYMz+rG5ARL9yJbjjHzsXsCUMtUzM7cgFPkA";
    const claim = { type: "payment.succeeded", occurredAt: "2026-01-02T03:04:00.000Z", eventId: "shop:evt_1" };
    expect(decodeState(Buffer.from(written, "base64"))).toEqual({
      transaction: {
        transactionId: "shop:pay_1",
        provider: "generic",
        currency: "EUR",
        payment: { latest: claim, amount: { ...claim, minor: "1999" } },
        refunds: {},
        disputes: {},
        refundTotalMinor: null,
        lastEventAt: claim.occurredAt,
      },
      history: [{ ...claim, appliedAt: "2026-01-02T03:04:05.678Z", from: null, to: "succeeded", effect: "applied" }],
    });
  });

  it("loses the oldest of its history rather than anything of the transaction when it grows too large", () => {
    const state = stateAfter(
      Array.from({ length: 60 }, (_, n) =>
        paymentEvent("payment.processing", {
          transactionId: "shop:p",
          providerEventId: randomBytes(20).toString("hex"),
          occurredAt: new Date(n * 1000).toISOString(),
        }),
      ),
    );
    const whole = encodeState(state).byteLength;
    const bytes = encodeState(state, whole - 400);
    expect(bytes.byteLength).toBeLessThanOrEqual(whole - 400);
    const { transaction, history } = decodeState(bytes);
    expect(transaction).toEqual(state.transaction);
    expect(history.length).toBeGreaterThan(30);
    expect(history).toEqual(state.history.slice(-history.length));
    expect(decodeState(encodeState(state, 10))).toEqual({ transaction: state.transaction, history: [] });
  });

  it.each([
    ["absent", undefined],
    ["empty", new Uint8Array()],
    [
      "of a format that is not known",
      Buffer.concat([Buffer.of(9), encodeState(stateAfter([paymentEvent()])).subarray(1)]),
    ],
    ["cut off", encodeState(stateAfter([paymentEvent()])).subarray(0, 40)],
    ["no state", Buffer.concat([Buffer.of(1), deflateRawSync("{}")])],
  ])("is refused as corrupt when it is %s", (_, bytes) => {
    expect(() => decodeState(bytes)).toThrow(StoreError);
  });
});

function stateAfter(events: readonly PaymentEvent[]): LedgerState {
  let transaction: Transaction | undefined;
  const history: HistoryEntry[] = [];
  for (const event of events) {
    const applied = apply(transaction, event);
    if (applied.kind === "quarantined") continue;
    const { eventId, type, occurredAt } = event;
    const { from, to, effect } = applied;
    transaction = applied.transaction;
    history.push({ eventId, type, occurredAt, appliedAt: "2026-11-25T00:00:00.000Z", from, to, effect });
  }
  return { transaction: transaction as Transaction, history };
}
