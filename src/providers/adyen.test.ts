import { describe, expect, test } from "vitest";
import { readJson } from "../domain/json.ts";
import { adyen } from "./adyen.ts";
import { toAdyen } from "./adyen-amount.ts";
import { adyenSampler } from "./samples/adyen.ts";

const KEY = "44782def547aaa06c910c43932b1eb0c71fc68d9d0c057550c48ec2acf6ba056";
const OLD_KEY = "74f490dd33f7327baecc88b2947c011fc02d014a473aaa33a8ec93e4dc069174";

const item = {
  pspReference: "PSP1",
  originalReference: "PAY1",
  merchantAccountCode: "Shop",
  merchantReference: "order-1",
  amount: { value: 1234, currency: "EUR" },
  eventCode: "CAPTURE",
  eventDate: "2026-06-01T14:00:00+02:00",
  success: "true",
};
type Item = Readonly<Record<string, unknown>>;

const batch = (...items: readonly Item[]) =>
  Buffer.from(
    JSON.stringify({ live: "false", notificationItems: items.map((one) => ({ NotificationRequestItem: one })) }),
  );
const seal = (body: Buffer, secret = KEY) =>
  Buffer.from(adyenSampler.seal?.(body, { secret, settings: {}, now: 0 }) ?? body);
const itemsOf = (body: Buffer): readonly Item[] =>
  JSON.parse(body.toString()).notificationItems.map((one: Item) => one.NotificationRequestItem);

const verify = (body: Uint8Array, secrets: readonly string[] = [KEY], settings = {}) =>
  adyen.verify({ headers: {}, body }, { secrets, settings, now: 0, certificate: async () => null });

function read(...items: readonly Item[]) {
  const json = readJson(batch(...items), 64);
  if (!json.ok) throw new Error(json.reason);
  return adyen.normalise(json.value, json.text, { settings: {}, headers: {} });
}

function readOne(changed: Item) {
  const said = read({ ...item, ...changed });
  if (said.kind !== "events") throw new Error(said.reason);
  return said.events[0];
}

describe("a batch is believed", () => {
  test("when every item is signed, by whichever key", () => {
    const mixed = batch(
      ...itemsOf(seal(batch(item))),
      ...itemsOf(seal(batch({ ...item, pspReference: "PSP2" }), OLD_KEY)),
    );
    expect(verify(mixed, [KEY, OLD_KEY])).toEqual({ kind: "authentic", secretIndex: 1 });
    expect(verify(mixed, [KEY])).toEqual({ kind: "forged", reason: "wrong_signature" });
  });

  test("whatever its layout, because fields are signed and not bytes", () => {
    const pretty = Buffer.from(JSON.stringify(JSON.parse(seal(batch(item)).toString()), null, 2));
    expect(verify(pretty)).toMatchObject({ kind: "authentic" });
  });
});

describe("a batch is not believed", () => {
  const sealed = itemsOf(seal(batch(item)))[0] as Item;

  test.each([
    ["that is empty", batch(), "malformed_signature"],
    ["that is no batch", Buffer.from("{}"), "malformed_signature"],
    ["that is not JSON", Buffer.from("{"), "malformed_signature"],
    [
      "with an item that is none",
      Buffer.from('{"notificationItems":[{"NotificationRequestItem":[]}]}'),
      "malformed_signature",
    ],
    ["with a second item unsigned", batch(sealed, item), "missing_signature"],
    ["with an object for a signed field", batch({ ...sealed, success: { toString: "true" } }), "malformed_signature"],
    ["with a reference where the payment was", batch({ ...sealed, originalReference: "PAY2" }), "wrong_signature"],
  ])("%s", (_, body, reason) => {
    expect(verify(body)).toEqual({ kind: "forged", reason });
  });

  test("when a key twice lets it be read in two ways", () => {
    const twice = seal(batch(item)).toString().replace('"value":1234', '"value":9999,"value":1234');
    expect(verify(Buffer.from(twice))).toEqual({ kind: "forged", reason: "malformed_signature" });
  });

  test("when another split at its colons would name another payment", () => {
    const reference = itemsOf(
      seal(batch({ ...item, originalReference: "", merchantAccountCode: "A", merchantReference: "b:c" })),
    )[0];
    const split = {
      ...reference,
      pspReference: "PSP1:",
      originalReference: "A",
      merchantAccountCode: "b",
      merchantReference: "c",
    };
    expect(verify(batch(split))).toEqual({ kind: "forged", reason: "malformed_signature" });
  });

  test("when its account is not one of ours, though the split fits", () => {
    const reference = itemsOf(seal(batch({ ...item, merchantReference: "sub:order-1" })))[0];
    const split = batch({ ...reference, merchantAccountCode: "Shop:sub", merchantReference: "order-1" });
    expect(verify(split, [KEY], { merchantAccounts: ["Shop"] })).toEqual({ kind: "forged", reason: "wrong_account" });
    expect(verify(batch(reference as Item), [KEY], { merchantAccounts: ["Other", "Shop"] })).toMatchObject({
      kind: "authentic",
    });
  });

  test.each([`0x${KEY}`, ` ${KEY}`, KEY.slice(1), `${KEY.slice(2)}zz`, "", "0x"])(
    "under the key %j, which is none",
    (key) => {
      // What an unchecked key would come to.
      const forgery = seal(batch(item), Buffer.from(key, "hex").toString("hex"));
      expect(verify(forgery, [key])).toEqual({ kind: "forged", reason: "no_secret" });
    },
  );
});

test.each([
  ["AUTHORISATION", "true", "payment.authorized"],
  ["AUTHORISATION", "false", "payment.failed"],
  ["CAPTURE", "true", "payment.succeeded"],
  ["CAPTURE", "false", "payment.failed"],
  ["CAPTURE_FAILED", "true", "payment.failed"],
  ["CANCELLATION", "true", "payment.canceled"],
  ["CANCELLATION", "false", "other"],
  ["EXPIRE", "true", "payment.expired"],
  ["REFUND", "true", "refund.succeeded"],
  ["REFUND", "false", "refund.failed"],
  ["REFUND_FAILED", "true", "refund.failed"],
  ["REFUNDED_REVERSED", "true", "refund.failed"],
  ["REQUEST_FOR_INFORMATION", "true", "dispute.opened"],
  ["NOTIFICATION_OF_CHARGEBACK", "true", "dispute.opened"],
  ["CHARGEBACK", "true", "dispute.lost"],
  ["SECOND_CHARGEBACK", "true", "dispute.lost"],
  ["CHARGEBACK_REVERSED", "true", "dispute.won"],
  ["REPORT_AVAILABLE", "true", "other"],
  ["CANCEL_OR_REFUND", "true", "other"],
  ["CAPTURE", "maybe", "other"],
  ["constructor", "true", "other"],
])("%s with success %s is %s", (eventCode, success, type) => {
  const event = readOne({ eventCode, success });
  expect(event).toMatchObject({ type, providerEventId: `${eventCode}:PSP1:${success}`, providerType: eventCode });
  expect(event?.paymentId).toBe(type === "other" ? null : "PAY1");
  expect(event?.refundId).toBe(type.startsWith("refund.") ? "PSP1" : undefined);
  expect(event?.disputeId).toBe(type.startsWith("dispute.") ? "PSP1" : undefined);
});

test.each([
  ["refund", "refund.succeeded"],
  ["cancel", "payment.canceled"],
])("CANCEL_OR_REFUND that became a %s is %s", (action, type) => {
  const additionalData = { "modification.action": action };
  expect(readOne({ eventCode: "CANCEL_OR_REFUND", additionalData })).toMatchObject({ type });
});

test("a payment without an original reference is its own", () => {
  expect(readOne({ eventCode: "AUTHORISATION", originalReference: "" })).toMatchObject({ paymentId: "PSP1" });
});

test("success as a boolean and an amount as text mean the same", () => {
  expect(readOne({ success: true, amount: { value: "1234", currency: "EUR" } })).toEqual(readOne({}));
});

test("two copies of one event in a batch are one event", () => {
  expect(read(item, { ...item, eventDate: "2026-06-01T14:00:05+02:00" })).toMatchObject({
    events: [{ providerEventId: "CAPTURE:PSP1:true", occurredAt: "2026-06-01T12:00:00.000Z" }],
  });
});

test.each([{ pspReference: "" }, { eventCode: "" }, { pspReference: "x".repeat(255) }])(
  "an item without a usable id (%j) refuses the batch",
  (changed) => {
    expect(read({ ...item, ...changed })).toEqual({ kind: "malformed", reason: "no_event_id" });
  },
);

test.each([
  [100000, "CLP", "1000"],
  [1000, "IDR", "100000"],
  [12300, "ISK", "123"],
  [500, "JPY", "500"],
  [1234, "KWD", "1234"],
])("%s of Adyen's %s is %s in ISO 4217 minor units, and back", (value, currency, amountMinor) => {
  expect(readOne({ amount: { value, currency } })).toMatchObject({ amountMinor, currency });
  expect(toAdyen(BigInt(amountMinor), currency)).toBe(BigInt(value));
});

test.each([
  [{ value: -1, currency: "EUR" }, "negative_amount"],
  [{ value: 1.5, currency: "EUR" }, "invalid_amount"],
  [{ value: 12301, currency: "ISK" }, "invalid_amount"],
  [{ value: 100, currency: "euro" }, "invalid_amount"],
])("an amount of %j is quarantined", (amount, quarantine) => {
  expect(readOne({ amount })).toMatchObject({ quarantine });
});

test("a later copy may differ in what is not signed, and in nothing else", () => {
  const same = (first: Buffer, later: Buffer) => adyen.sameContent?.(first, later);
  const newer = { ...item, eventDate: "2026-06-02T00:00:00Z", reason: "x", additionalData: { authCode: "1" } };
  expect(same(batch(item), batch(newer))).toBe(true);
  expect(same(batch(item), batch(newer, { ...item, pspReference: "PSP2" }))).toBe(true);
  expect(same(batch(item), batch({ ...item, amount: { value: 1235, currency: "EUR" } }))).toBe(false);
  expect(same(batch(item), batch({ ...item, originalReference: "PAY2" }))).toBe(false);
  expect(same(batch(item), batch({ ...item, pspReference: "PSP2" }))).toBe(false);
  expect(same(batch(item), Buffer.from("{"))).toBe(false);
});
