import { describe, expect, it } from "vitest";
import { cardLikeness, maskCardNumber } from "./card-number.ts";

describe("cardLikeness", () => {
  it.each([
    ["Visa", "4111111111111111"],
    ["Visa of 13 digits", "4222222222222"],
    ["Visa of 19 digits", "4000000000000000006"],
    ["Mastercard", "5555555555554444"],
    ["Mastercard of the 2 series", "2223003122003222"],
    ["American Express", "378282246310005"],
    ["Discover", "6011111111111117"],
    ["Diners Club", "30569309025904"],
    ["JCB", "3566002020360505"],
    ["UnionPay", "6200000000000005"],
    ["Mir", "2200000000000004"],
    ["RuPay", "6521111111111110"],
    ["Elo", "6362970000457013"],
    ["Troy", "9792000000000003"],
  ])("knows %s by prefix, length and check digit", (_, digits) => {
    expect(cardLikeness(withCheckDigit(digits))).toBe("card");
  });

  it.each([
    ["5018000000000", "card_if_labelled"],
    ["500000000009", "card_if_labelled"],
    ["6759649826438453", "card"],
  ])("takes %s of Maestro for %s, because its ranges hold many other numbers", (digits, likeness) => {
    expect(cardLikeness(withCheckDigit(digits))).toBe(likeness);
  });

  it("refuses a wrong check digit", () => {
    expect(cardLikeness("4111111111111112")).toBe("no");
  });

  it("refuses a length that the issuer does not use", () => {
    expect(cardLikeness(withCheckDigit("41111111111111"))).toBe("no");
    expect(cardLikeness(withCheckDigit("37828224631000"))).toBe("no");
  });

  it.each(["1705312200006", "8825408195409505", "0000000000000000", "1111111111111117", "7914073381342284"])(
    "refuses %s, whose prefix no issuer has",
    (digits) => {
      expect(cardLikeness(withCheckDigit(digits))).toBe("no");
    },
  );

  it("judges a part of a longer text of digits when told its bounds", () => {
    expect(cardLikeness("9941111111111111110", 2, 18)).toBe("card");
  });
});

describe("maskCardNumber", () => {
  it("keeps the first six and the last four digits", () => {
    expect(maskCardNumber("4111111111111111")).toBe("411111******1111");
    expect(maskCardNumber("378282246310005")).toBe("378282*****0005");
  });
});

/** The same digits with the last one made right. */
function withCheckDigit(digits: string): string {
  const body = digits.slice(0, -1);
  const sum = Array.from(body)
    .toReversed()
    .map((char, i) => (i % 2 === 0 ? Number(char) * 2 : Number(char)))
    .reduce((total, value) => total + (value > 9 ? value - 9 : value), 0);
  return body + String((10 - (sum % 10)) % 10);
}
