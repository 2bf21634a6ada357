import { expect, test } from "vitest";
import type { JsonValue } from "../domain/json.ts";
import { amountFields, minorAt } from "./minor-amount.ts";

const read = (text: string) => minorAt(JSON.parse(text) as JsonValue, text, "data", "amount");

test.each([
  ['{"data":{"amount":1999}}', 1999n],
  ['{"data":{"amount":0}}', 0n],
  ['{"data":{"amount":-5}}', -5n],
  ['{"data":{"amount":"1999"}}', 1999n],
  ['{"data":{"amount":9007199254740993}}', 9007199254740993n],
  ['{"data":{"note":"9007199254740993: \\"x\\"","amount":123456789012345678901}}', 123456789012345678901n],
])("%s has a whole amount", (text, amount) => {
  expect(read(text)).toBe(amount);
});

test.each(['{"data":{}}', '{"data":{"amount":null}}', "{}", "[]", "null", '"data"'])("%s has none", (text) => {
  expect(read(text)).toBe("absent");
});

test.each([
  '{"data":{"amount":19.99}}',
  '{"data":{"amount":1e400}}',
  '{"data":{"amount":"19.99"}}',
  '{"data":{"amount":""}}',
  '{"data":{"amount":true}}',
  '{"data":{"amount":{}}}',
  '{"data":{"amount":[1]}}',
])("%s has one that is no whole number", (text) => {
  expect(read(text)).toBe("invalid");
});

test("an amount that cannot be true is quarantined and never corrected", () => {
  expect(amountFields(5n)).toEqual({ amountMinor: "5" });
  expect(amountFields(0n)).toEqual({ amountMinor: "0" });
  expect(amountFields("absent")).toEqual({ amountMinor: null });
  expect(amountFields(-5n)).toEqual({ amountMinor: "-5", quarantine: "negative_amount" });
  expect(amountFields("invalid")).toEqual({ amountMinor: null, quarantine: "invalid_amount" });
});
