import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readJson } from "../domain/json.ts";
import { exponentOf } from "../domain/money.ts";
import { PAYMENT_EVENT_TYPES } from "../domain/payment-event.ts";
import { generic } from "./generic.ts";

const plain = {
  transactionId: "txn_123456",
  amount: 99.99,
  currency: "USD",
  status: "completed",
  provider: "stripe",
  timestamp: "2025-01-15T10:30:00Z",
};

function readText(text: string, settings: Readonly<Record<string, unknown>> = { lenient: false }) {
  const json = readJson(Buffer.from(text), 64);
  if (!json.ok) throw new Error(json.reason);
  return generic.normalise(json.value, json.text, { settings, headers: {} });
}

const read = (changed: object, settings?: Readonly<Record<string, unknown>>) =>
  readText(JSON.stringify({ ...plain, ...changed }), settings);

function readEvent(changed: object, settings?: Readonly<Record<string, unknown>>) {
  const said = read(changed, settings);
  if (said.kind !== "events") throw new Error(`${said.reason} ${said.detail}`);
  return said.events[0];
}

const misfit = (detail: string) => ({ kind: "malformed", reason: "schema", detail });

test("the plain transaction of the first users works as it stands", () => {
  expect(readEvent({})).toEqual({
    providerEventId: expect.stringMatching(/^sha256-[0-9a-f]{64}$/),
    providerType: "completed",
    type: "payment.succeeded",
    paymentId: "txn_123456",
    occurredAt: "2025-01-15T10:30:00.000Z",
    amountMinor: "9999",
    currency: "USD",
  });
});

describe("the amount", () => {
  test("is exact for every currency, as a number and as text", () => {
    const currency = fc.constantFrom("USD", "JPY", "KWD", "CLF", "ISK");
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 18n }), currency, fc.nat(3), (minor, currency, zeros) => {
        const exponent = exponentOf(currency);
        const digits = `${minor}`.padStart(exponent + 1, "0");
        const whole = digits.slice(0, digits.length - exponent);
        const fraction = digits.slice(digits.length - exponent) + "0".repeat(zeros);
        const amount = fraction === "" ? whole : `${whole}.${fraction}`;
        const text = JSON.stringify({ ...plain, amount: "AMOUNT", currency });
        for (const written of [amount, `"${amount}"`]) {
          expect(readText(text.replace('"AMOUNT"', written))).toMatchObject({ events: [{ amountMinor: `${minor}` }] });
        }
      }),
    );
  });

  test.each([
    "0",
    "-0",
    "0.00",
    "-1",
    "-99.99",
    "1.001",
    "1e-3",
    "1e30",
    "true",
    "{}",
    "[1]",
    '""',
    '" 1"',
    '"1,5"',
    '"0x10"',
    '"NaN"',
  ])("%s does not fit", (written) => {
    expect(readText(JSON.stringify(plain).replace("99.99", written))).toEqual(misfit("amount"));
  });

  test("may have more decimals than the currency when they are zeros, and an exponent", () => {
    expect(readEvent({ amount: "99.9900" })).toMatchObject({ amountMinor: "9999" });
    expect(readText(JSON.stringify(plain).replace("99.99", "9.999e1"))).toMatchObject({
      events: [{ amountMinor: "9999" }],
    });
  });
});

test.each([
  ["usd", "USD"],
  ["eUr", "EUR"],
  ["XCG", "XCG"],
])("the currency %s is %s", (currency, expected) => {
  expect(readEvent({ currency })).toMatchObject({ currency: expected });
});

test.each(["XXX", "ABC", "US", "USDX", "", 840, "ＵＳＤ"])("the currency %j is none", (currency) => {
  expect(read({ currency })).toEqual(misfit("currency"));
});

test.each([
  ["pending", "payment.pending"],
  ["processing", "payment.processing"],
  ["authorized", "payment.authorized"],
  ["completed", "payment.succeeded"],
  ["succeeded", "payment.succeeded"],
  ["failed", "payment.failed"],
  ["canceled", "payment.canceled"],
  ["expired", "payment.expired"],
])("the status %s means %s", (status, type) => {
  expect(readEvent({ status })).toMatchObject({ type, providerType: status });
});

test("the status refunded is the total of the payment, or one refund if it is named", () => {
  expect(readEvent({ status: "refunded" })).toMatchObject({ type: "refund.succeeded", amountMinor: "9999" });
  expect(readEvent({ status: "refunded" })).not.toHaveProperty("refundId");
  expect(readEvent({ status: "refunded", refundId: "r1" })).toMatchObject({ refundId: "r1" });
});

test.each(PAYMENT_EVENT_TYPES)("the type %s is taken as it is, whatever the status says", (type) => {
  const event = readEvent({ type, status: "failed", refundId: "r1", disputeId: "d1" });
  expect(event).toMatchObject({ type, providerType: type });
  expect(event?.refundId).toBe(type.startsWith("refund.") ? "r1" : undefined);
  expect(event?.disputeId).toBe(type.startsWith("dispute.") ? "d1" : undefined);
});

test.each([
  ["transactionId", { transactionId: undefined }],
  ["transactionId", { transactionId: "" }],
  ["transactionId", { transactionId: "a\u0000b" }],
  ["transactionId", { transactionId: 7 }],
  ["amount", { amount: undefined }],
  ["currency", { currency: null }],
  ["timestamp", { timestamp: undefined }],
  ["timestamp", { timestamp: "2025-02-30T00:00:00Z" }],
  ["timestamp", { timestamp: "yesterday" }],
  ["timestamp", { timestamp: 1736937000 }],
  ["status", { status: undefined }],
  ["status", { status: "COMPLETED" }],
  ["status", { status: "toString" }],
  ["type", { type: "payment.done" }],
  ["type", { type: 1 }],
  ["refundId", { type: "refund.succeeded" }],
  ["refundId", { status: "refunded", refundId: "" }],
  ["disputeId", { type: "dispute.opened", disputeId: 1 }],
  ["metadata", { metadata: "x" }],
])("a wrong %s is named, and its value is not: %j", (field, changed) => {
  expect(read(changed)).toEqual(misfit(field));
});

test.each(["[]", "1", '"x"', "null"])("%s is no body", (text) => {
  expect(readText(text)).toEqual(misfit("body"));
});

test.each(["", "a\nb", "x".repeat(256), 7])("an id of %j is not usable", (id) => {
  expect(read({ id })).toEqual({ kind: "malformed", reason: "no_event_id" });
});

describe("an event without an id", () => {
  const idOf = (changed: object) => readEvent(changed)?.providerEventId;

  test("is the same one however it is written", () => {
    const metadata = { a: 1, b: { c: "ü", d: [1, 2] } };
    const first = idOf({ metadata });
    const reversed = Object.fromEntries(
      Object.entries({ ...plain, metadata: { b: { d: [1, 2], c: "ü" }, a: 1 } }).reverse(),
    );
    const again = readText(JSON.stringify(reversed, null, 2).replace("ü", "\\u00fc"));
    expect(again).toMatchObject({ events: [{ providerEventId: first }] });
    expect(idOf({ metadata, amount: "99.990", currency: "usd", timestamp: "2025-01-15T11:30:00+01:00" })).toBe(first);
  });

  test("is another one when anything it says is another", () => {
    const changes = [
      {},
      { amount: 99.98 },
      { currency: "EUR" },
      { status: "failed" },
      { timestamp: "2025-01-15T10:30:00.001Z" },
      { transactionId: "txn_2" },
      { metadata: { a: 1 } },
      { metadata: { a: "b" } },
      { metadata: { b: "a" } },
      { metadata: { a: ["b"] } },
      { reference: "x" },
      { provider: "paypal" },
    ];
    expect(new Set(changes.map(idOf)).size).toBe(changes.length);
  });
});

describe("a lenient source", () => {
  const lenient = { lenient: true };

  test("stores what is missing as unknown", () => {
    const missing = { amount: undefined, currency: undefined, status: undefined, timestamp: undefined };
    expect(readEvent(missing, lenient)).toMatchObject({
      type: "other",
      providerType: "unknown",
      paymentId: "txn_123456",
      amountMinor: null,
      currency: null,
      occurredAt: null,
    });
    expect(readEvent({ currency: undefined }, lenient)).toMatchObject({ type: "payment.succeeded", amountMinor: null });
  });

  test.each([
    ["transactionId", { transactionId: undefined }],
    ["amount", { amount: -1 }],
    ["amount", { amount: -1, currency: undefined }],
    ["amount", { amount: 1.001 }],
    ["currency", { currency: "ABC" }],
    ["status", { status: "done" }],
    ["timestamp", { timestamp: "x" }],
    ["refundId", { type: "refund.succeeded" }],
  ])("still refuses a wrong %s: %j", (field, changed) => {
    expect(read(changed, lenient)).toEqual(misfit(field));
  });
});
