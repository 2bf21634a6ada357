import { cardLikeness, maskCardNumber } from "../domain/card-number.ts";
import { REMOVED } from "./redact-edit.ts";
import type { KeyKind } from "./redact-keys.ts";
import { plainSpelling } from "./redact-spelling.ts";

/** Whether a string goes altogether because of its field's name. */
export function isSecretString(text: string, kind: KeyKind): boolean {
  if (!isSecretKind(kind) || text === REMOVED) return false;
  return isSecret((plainSpelling(text)?.text ?? text).trim(), kind);
}

/**
 * What stands for a number, or null when it may stay. A card number counts in any notation that JSON has for it
 * (`4.111111111111111e15`); decimals are left out of account.
 */
export function replaceNumber(token: string, kind: KeyKind): string | null {
  const digits = integerDigits(token);
  if (digits === null || kind === "own" || (kind === "phone" && digits.length <= 15)) return null;
  if (isSecretKind(kind) && digits.length > 1 && isSecret(digits.padStart(LOST_ZEROS[kind] ?? 0, "0"), kind)) {
    return REMOVED;
  }
  const likeness = cardLikeness(digits);
  return likeness === "card" || (likeness === "card_if_labelled" && kind === "card") ? maskCardNumber(digits) : null;
}

/** A code that begins with zeros loses them as a number. */
const LOST_ZEROS: Readonly<Partial<Record<SecretKind, number>>> = { code: 3, pin: 4, address_pin: 4 };

type SecretKind = "code" | "pin" | "address_pin" | "pin_block" | "track" | "chip";

function isSecretKind(kind: KeyKind): kind is SecretKind {
  return kind in LOOKS_SECRET;
}

function isSecret(value: string, kind: SecretKind): boolean {
  return LOOKS_SECRET[kind].test(value);
}

/** Results of checks (`pass`, `M`, `1`) and words stand under the same names and stay. */
const LOOKS_SECRET: Readonly<Record<SecretKind, RegExp>> = {
  code: /^\d{3,4}$/,
  pin: /^\d{4,12}$/,
  address_pin: /^(?:\d{4,5}|\d{7,12})$/,
  pin_block: /^\S{8,}$/,
  track: /^(?:\D*\d){4}/,
  chip: /^(?:\D*\d){6}/,
};

/** The digits before the decimal point once the exponent is worked in; null below zero, below one and beyond measure. */
function integerDigits(token: string): string | null {
  const match = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/.exec(token);
  if (match === null) return null;
  const [, whole = "", fraction = "", exponent = "0"] = match;
  const point = whole.length + Number(exponent);
  if (point < 1 || point > 64) return null;
  return (whole + fraction).slice(0, point).padEnd(point, "0").replace(/^0+/, "");
}
