import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exponentOf, formatMajor, parseMajor, parseMinor, readCurrency } from "./money.ts";

describe("an amount in major units", () => {
  it("is read and written without losing a digit, in every number of decimals", () => {
    const currency = fc.constantFrom("EUR", "JPY", "KWD", "CLF");
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), currency, (minor, code) => {
        expect(parseMajor(formatMajor(minor, code), code)).toBe(minor);
      }),
    );
  });

  it.each([
    ["99.99", "USD", 9999n],
    ["0.1", "EUR", 10n],
    ["100", "JPY", 100n],
    ["100.00", "JPY", 100n],
    ["1.005", "KWD", 1005n],
    ["1e2", "EUR", 10000n],
    ["1.5E-1", "EUR", 15n],
    ["-5", "EUR", -500n],
    ["9007199254740993.01", "EUR", 900719925474099301n],
    ["0e99", "EUR", 0n],
  ])("%s %s is %s minor units", (text, currency, minor) => {
    expect(parseMajor(text, currency)).toBe(minor);
  });

  it.each([
    ["1.005", "EUR", "too_many_decimals"],
    ["0.5", "JPY", "too_many_decimals"],
    ["1e-3", "EUR", "too_many_decimals"],
    ["1e99", "EUR", "too_large"],
    ["1".repeat(40), "EUR", "too_large"],
    ["", "EUR", "not_a_number"],
    ["1,5", "EUR", "not_a_number"],
    ["0x10", "EUR", "not_a_number"],
    ["NaN", "EUR", "not_a_number"],
    [" 1", "EUR", "not_a_number"],
  ])("%s %s is refused as %s", (text, currency, error) => {
    expect(parseMajor(text, currency)).toBe(error);
  });
});

describe("an amount in minor units", () => {
  it("is a whole number, as a JSON number or a decimal string", () => {
    expect(parseMinor(1999)).toBe(1999n);
    expect(parseMinor("-3000")).toBe(-3000n);
    for (const value of [1.5, 2 ** 53, "1.5", "", "1e3", null, true]) expect(parseMinor(value)).toBeNull();
  });
});

describe("a currency", () => {
  it("is three letters in any case", () => {
    expect(readCurrency("eur")).toBe("EUR");
    for (const value of ["EU", "EURO", "E1R", 978, null]) expect(readCurrency(value)).toBeNull();
    expect(exponentOf("EUR")).toBe(2);
  });
});
