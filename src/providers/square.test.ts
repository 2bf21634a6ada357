import { expect, test } from "vitest";
import type { JsonValue } from "../domain/json.ts";
import type { NormalisedEvent } from "../domain/payment-event.ts";
import { square } from "./square.ts";

function read(type: string, name: string, object: JsonValue): NormalisedEvent {
  const body = {
    event_id: "e1",
    type,
    created_at: "2026-03-02T10:00:00Z",
    data: { id: "else", object: { [name]: object } },
  };
  const normalised = square.normalise(body, JSON.stringify(body), { settings: {}, headers: {} });
  if (normalised.kind !== "events") throw new Error(normalised.reason);
  return normalised.events[0] as NormalisedEvent;
}

test("an access token or an application secret is no signature key", () => {
  expect(square.secret?.pattern?.test(`EAAA${"l".repeat(60)}`)).toBe(false);
  expect(square.secret?.pattern?.test("sq0csp-0123456789abcdef")).toBe(false);
  expect(square.secret?.pattern?.test("0Az_5AKakO-3qeNVR61DwB")).toBe(true);
});

test("a tip that cannot be true is quarantined like an amount", () => {
  const money = (amount: JsonValue) => ({ amount, currency: "EUR" });
  const payment = { id: "p1", status: "COMPLETED", amount_money: money(1000) };
  expect(read("payment.updated", "payment", { ...payment, tip_money: money(-1) }).quarantine).toBe("negative_amount");
  expect(read("payment.updated", "payment", { ...payment, tip_money: money(0.5) }).quarantine).toBe("invalid_amount");
});

test("a refund without an id says nothing, because it would count as the total so far", () => {
  expect(read("refund.updated", "refund", { status: "COMPLETED", payment_id: "p1" }).type).toBe("other");
});

test("a refund that belongs to no payment names none", () => {
  const event = read("refund.updated", "refund", { id: "r1", status: "COMPLETED" });
  expect(event).toMatchObject({ type: "refund.succeeded", paymentId: null, refundId: "r1" });
});

test("a state that nobody knows says nothing of a payment, and leaves a dispute open", () => {
  expect(read("payment.updated", "payment", { id: "p1", status: "THINKING" }).type).toBe("other");
  expect(read("dispute.state.updated", "dispute", { id: "d1", state: "THINKING" }).type).toBe("dispute.opened");
  expect(read("dispute.state.updated", "dispute", { id: "d1" }).type).toBe("other");
});

test("an event without any time of its object has the time of the event", () => {
  const event = read("payment.updated", "payment", { id: "p1", status: "COMPLETED", updated_at: "soon" });
  expect(event.occurredAt).toBe("2026-03-02T10:00:00.000Z");
});
