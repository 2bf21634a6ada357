import fc from "fast-check";
import { expect, test } from "vitest";
import { fromStripe, toStripe } from "./stripe-amount.ts";

test.each([
  ["EUR", 1999n, 1999n],
  ["JPY", 500n, 500n],
  ["KWD", 5120n, 5120n],
  ["ISK", 500n, 5n],
  ["UGX", 500n, 5n],
  ["MGA", 500n, 50_000n],
])("in %s Stripe's %d is %d minor units", (currency, stripe, minor) => {
  expect(fromStripe(stripe, currency)).toBe(minor);
  expect(toStripe(minor, currency)).toBe(stripe);
});

test("a fraction of a krona is no amount", () => {
  expect(fromStripe(550n, "ISK")).toBe("invalid");
});

test("an amount without a currency, or none at all, stays what it is", () => {
  expect(fromStripe(500n, null)).toBe(500n);
  expect(fromStripe("absent", "ISK")).toBe("absent");
  expect(fromStripe("invalid", "ISK")).toBe("invalid");
});

test("every amount that Stripe can write comes back", () => {
  const amounts = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
  fc.assert(
    fc.property(amounts, fc.constantFrom("EUR", "ISK", "UGX"), (amount, currency) => {
      expect(fromStripe(toStripe(amount, currency), currency)).toBe(amount);
    }),
  );
});
