import { exponentOf } from "../domain/money.ts";
import type { MinorRead } from "./minor-amount.ts";

// Where Stripe's smallest unit is not the one of ISO 4217: the krona and the shilling kept two decimals that are
// always 00, the ariary has none. https://docs.stripe.com/currencies#special-cases
const STRIPE_DECIMALS: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 };

/** Stripe's amount in ISO 4217 minor units. A fraction that the currency does not have is invalid. */
export function fromStripe(amount: MinorRead, currency: string | null): MinorRead {
  if (typeof amount !== "bigint" || currency === null) return amount;
  const shift = exponentOf(currency) - decimalsOf(currency);
  if (shift >= 0) return amount * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return amount % divisor === 0n ? amount / divisor : "invalid";
}

/** ISO 4217 minor units as Stripe writes them; fractions that Stripe cannot write are cut. */
export function toStripe(amountMinor: bigint, currency: string): bigint {
  const shift = decimalsOf(currency) - exponentOf(currency);
  return shift >= 0 ? amountMinor * 10n ** BigInt(shift) : amountMinor / 10n ** BigInt(-shift);
}

function decimalsOf(currency: string): number {
  return STRIPE_DECIMALS[currency] ?? exponentOf(currency);
}
