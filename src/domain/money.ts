/**
 * Money is a whole number of minor units (cents, yen, fils) in a bigint, with the ISO 4217 currency beside it.
 * Nothing here goes through a float: amounts are read from the source text.
 */

// ISO 4217 list one: the currencies whose minor unit is not two digits. Every other currency has two.
const EXPONENTS: Readonly<Record<string, number>> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLF: 4,
  UYW: 4,
};

/** Digits after the decimal point in one unit of `currency` (ISO 4217, upper case). */
export function exponentOf(currency: string): number {
  return EXPONENTS[currency] ?? 2;
}

/** Upper-cased ISO 4217 code, or null when the text does not look like one. */
export function readCurrency(text: unknown): string | null {
  return typeof text === "string" && /^[A-Za-z]{3}$/.test(text) ? text.toUpperCase() : null;
}

export type AmountError = "not_a_number" | "too_many_decimals" | "too_large";

// Longest amount that is read: far above any payment, short enough that no input can cost time.
const MAX_DIGITS = 24;

/**
 * Reads a decimal amount in major units (`"99.99"`, `"1e2"`, `"-5"`) into minor units of `currency`.
 * More decimals than the currency has are refused unless they are zeros.
 */
export function parseMajor(text: string, currency: string): bigint | AmountError {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (match === null) return "not_a_number";
  const [, sign, whole = "", fraction = "", power = "0"] = match;
  const shift = exponentOf(currency) + Number(power) - fraction.length;
  const digits = (whole + fraction).replace(/^0+(?=\d)/, "");
  if (digits.length + Math.max(shift, 0) > MAX_DIGITS && digits !== "0") return "too_large";
  const minor = shift >= 0 ? digits + "0".repeat(digits === "0" ? 0 : shift) : dropDecimals(digits, -shift);
  if (minor === null) return "too_many_decimals";
  return BigInt(sign === "-" ? `-${minor}` : minor);
}

/** Reads a whole number of minor units given as a JSON number or a decimal string. Null when it is neither. */
export function parseMinor(value: unknown): bigint | null {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : null;
  return typeof value === "string" && /^-?\d{1,24}$/.test(value) ? BigInt(value) : null;
}

/** Writes minor units as major units with the currency's decimals: `1999n, "EUR"` is `"19.99"`. */
export function formatMajor(minor: bigint, currency: string): string {
  const exponent = exponentOf(currency);
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, "0");
  const cut = digits.length - exponent;
  const text = exponent === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
  return minor < 0n ? `-${text}` : text;
}

function dropDecimals(digits: string, count: number): string | null {
  const padded = digits.padStart(count + 1, "0");
  const dropped = padded.slice(padded.length - count);
  return /^0*$/.test(dropped) ? padded.slice(0, padded.length - count) : null;
}
