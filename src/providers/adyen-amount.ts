import { exponentOf } from "../domain/money.ts";
import type { MinorRead } from "./minor-amount.ts";

// Where Adyen's minor unit is not the one of ISO 4217. https://docs.adyen.com/development-resources/currency-codes
const ADYEN_DECIMALS: Readonly<Record<string, number>> = { CLP: 2, CVE: 0, IDR: 0, ISK: 2 };

/** Adyen's amount in ISO 4217 minor units. A fraction that the currency does not have is invalid. */
export function fromAdyen(amount: MinorRead, currency: string | null): MinorRead {
  if (typeof amount !== "bigint") return amount;
  if (currency === null) return amount === 0n ? "absent" : "invalid";
  const shift = exponentOf(currency) - decimalsOf(currency);
  if (shift >= 0) return amount * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return amount % divisor === 0n ? amount / divisor : "invalid";
}

/** ISO 4217 minor units as Adyen writes them; fractions that Adyen cannot write are cut. */
export function toAdyen(amountMinor: bigint, currency: string): bigint {
  const shift = decimalsOf(currency) - exponentOf(currency);
  return shift >= 0 ? amountMinor * 10n ** BigInt(shift) : amountMinor / 10n ** BigInt(-shift);
}

function decimalsOf(currency: string): number {
  return ADYEN_DECIMALS[currency] ?? exponentOf(currency);
}
