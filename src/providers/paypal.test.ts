import { describe, expect, test } from "vitest";
import { readJson } from "../domain/json.ts";
import { paypal } from "./paypal.ts";

function read(eventType: string, resource: unknown, envelope: object = {}) {
  const text = JSON.stringify({ id: "WH-1", event_type: eventType, resource, ...envelope });
  return readText(text);
}

function readText(text: string) {
  const json = readJson(Buffer.from(text), 64);
  if (!json.ok) throw new Error(json.reason);
  const said = paypal.normalise(json.value, json.text, { settings: {}, headers: {} });
  if (said.kind !== "events") throw new Error(said.reason);
  return said.events[0];
}

const amount = { value: "12.34", currency_code: "EUR" };
const captureLink = { rel: "up", href: "https://api.paypal.com/v2/payments/captures/CAP1" };

test.each([
  ["PAYMENT.CAPTURE.COMPLETED", "payment.succeeded"],
  ["PAYMENT.CAPTURE.PENDING", "payment.pending"],
  ["PAYMENT.CAPTURE.DENIED", "payment.failed"],
  ["PAYMENT.CAPTURE.DECLINED", "payment.failed"],
  ["PAYMENT.SALE.COMPLETED", "payment.succeeded"],
  ["PAYMENT.SALE.PENDING", "payment.pending"],
  ["PAYMENT.SALE.DENIED", "payment.failed"],
  ["PAYMENT.AUTHORIZATION.CREATED", "payment.authorized"],
  ["PAYMENT.AUTHORIZATION.VOIDED", "payment.canceled"],
  ["PAYMENT.CAPTURE.SOMETHING.NEW", "other"],
  ["BILLING.SUBSCRIPTION.CREATED", "other"],
])("%s is %s", (eventType, type) => {
  expect(read(eventType, { id: "P1", amount })).toMatchObject({
    type,
    providerType: eventType,
    paymentId: type === "other" ? null : "P1",
    amountMinor: type === "other" ? null : "1234",
  });
});

describe("a refund", () => {
  test.each([
    ["PAYMENT.CAPTURE.REFUNDED", "COMPLETED", "refund.succeeded"],
    ["PAYMENT.CAPTURE.REFUNDED", "PENDING", "refund.pending"],
    ["PAYMENT.CAPTURE.REVERSED", "COMPLETED", "refund.succeeded"],
    ["PAYMENT.REFUND.PENDING", undefined, "refund.pending"],
    ["PAYMENT.REFUND.FAILED", undefined, "refund.failed"],
    ["PAYMENT.REFUND.COMPLETED", "COMPLETED", "refund.succeeded"],
    ["PAYMENT.REFUND.UPDATED", "CANCELLED", "refund.failed"],
  ])("%s with status %s is %s of the linked capture", (eventType, status, type) => {
    const links = [{ rel: "self", href: "https://api.paypal.com/v2/payments/refunds/REF1" }, captureLink];
    expect(read(eventType, { id: "REF1", amount, status, links })).toMatchObject({
      type,
      paymentId: "CAP1",
      refundId: "REF1",
      amountMinor: "1234",
    });
  });

  test("never goes to an order or to a link that is not its own", () => {
    const order = { rel: "up", href: "https://api.paypal.com/v2/checkout/orders/ORD1" };
    const self = { ...captureLink, rel: "self" };
    expect(read("PAYMENT.CAPTURE.REFUNDED", { id: "REF1", amount, links: [order, self] })).toMatchObject({
      paymentId: null,
    });
  });

  test("of v1 is negative, and its amount is read without a float", () => {
    const resource = '{"id":"REF1","sale_id":"SALE1","amount":{"total":-90071992547409.93,"currency":"USD"}}';
    const event = readText(`{"id":"WH-1","event_type":"PAYMENT.SALE.REFUNDED","resource":${resource}}`);
    expect(event).toMatchObject({ paymentId: "SALE1", refundId: "REF1", amountMinor: "9007199254740993" });
    expect(event).not.toHaveProperty("quarantine");
  });

  test("without an id is not taken for the total refunded", () => {
    expect(read("PAYMENT.CAPTURE.REFUNDED", { amount, links: [captureLink] })).toMatchObject({ type: "other" });
  });
});

describe("a dispute", () => {
  const dispute = (outcome?: string) => ({
    dispute_id: "PP-D-1",
    dispute_amount: amount,
    disputed_transactions: [{ seller_transaction_id: "CAP1" }],
    ...(outcome === undefined ? {} : { dispute_outcome: { outcome_code: outcome } }),
  });

  test.each([
    ["CUSTOMER.DISPUTE.CREATED", undefined, "dispute.opened"],
    ["CUSTOMER.DISPUTE.UPDATED", undefined, "dispute.opened"],
    ["CUSTOMER.DISPUTE.RESOLVED", "RESOLVED_BUYER_FAVOUR", "dispute.lost"],
    ["CUSTOMER.DISPUTE.RESOLVED", "RESOLVED_SELLER_FAVOUR", "dispute.won"],
    ["CUSTOMER.DISPUTE.RESOLVED", "RESOLVED_WITH_PAYOUT", "dispute.won"],
    ["CUSTOMER.DISPUTE.RESOLVED", "CANCELED_BY_BUYER", "dispute.won"],
    ["CUSTOMER.DISPUTE.RESOLVED", "ACCEPTED", "dispute.lost"],
    ["CUSTOMER.DISPUTE.RESOLVED", "DENIED", "dispute.won"],
  ])("%s with outcome %s is %s", (eventType, outcome, type) => {
    expect(read(eventType, dispute(outcome))).toMatchObject({
      type,
      paymentId: "CAP1",
      disputeId: "PP-D-1",
      amountMinor: "1234",
      currency: "EUR",
    });
  });

  test("that was resolved in an unknown way is neither won nor lost", () => {
    expect(read("CUSTOMER.DISPUTE.RESOLVED", dispute("NONE"))).toMatchObject({ type: "other", paymentId: null });
  });
});

describe("an order", () => {
  const order = (captures: readonly object[]) => ({
    id: "ORD1",
    status: "COMPLETED",
    purchase_units: [{ amount, payments: { captures } }],
  });
  const capture = { id: "CAP1", status: "COMPLETED", amount };

  test("that was captured in one piece is that capture", () => {
    expect(read("CHECKOUT.ORDER.COMPLETED", order([capture]))).toMatchObject({
      type: "payment.succeeded",
      paymentId: "CAP1",
      amountMinor: "1234",
    });
  });

  test.each([
    ["approved", "CHECKOUT.ORDER.APPROVED", order([capture])],
    ["completed without a capture", "CHECKOUT.ORDER.COMPLETED", order([])],
    ["completed with two captures", "CHECKOUT.ORDER.COMPLETED", order([capture, { ...capture, id: "CAP2" }])],
    ["completed without units", "CHECKOUT.ORDER.COMPLETED", { id: "ORD1", status: "COMPLETED" }],
  ])("that is %s names no payment", (_, eventType, resource) => {
    expect(read(eventType, resource)).toMatchObject({ type: "other", paymentId: null });
  });
});

test.each([
  [{ update_time: "2026-06-01T12:00:00Z", create_time: "2026-06-01T11:00:00Z" }, "2026-06-01T12:00:00.000Z"],
  [{ update_time: "2018-19-12T22:20:32.000Z", create_time: "2026-06-01T11:00:00-07:00" }, "2026-06-01T18:00:00.000Z"],
  [{ update_time: "2026-02-30T00:00:00Z" }, "2026-06-01T10:00:00.000Z"],
  [{}, "2026-06-01T10:00:00.000Z"],
])("the time of %j is the first possible one", (times, occurredAt) => {
  const envelope = { create_time: "2026-06-01T10:00:00Z" };
  expect(read("PAYMENT.CAPTURE.COMPLETED", { id: "P1", amount, ...times }, envelope)).toMatchObject({ occurredAt });
});

test("without any possible time there is none", () => {
  expect(read("PAYMENT.CAPTURE.COMPLETED", { id: "P1", amount })).toMatchObject({ occurredAt: null });
});

test.each([
  ["a negative amount", { value: "-1.00", currency_code: "EUR" }, "negative_amount"],
  ["more decimals than the currency has", { value: "1.001", currency_code: "EUR" }, "invalid_amount"],
  ["a fraction of a yen", { value: "1.5", currency_code: "JPY" }, "invalid_amount"],
  ["an amount without a currency", { value: "1.00" }, "invalid_amount"],
  ["text for an amount", { value: "1,00", currency_code: "EUR" }, "invalid_amount"],
])("%s quarantines the payment", (_, wrong, quarantine) => {
  expect(read("PAYMENT.CAPTURE.COMPLETED", { id: "P1", amount: wrong })).toMatchObject({ quarantine });
});
