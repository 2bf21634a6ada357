import { cardLikeness } from "../domain/card-number.ts";
import { plainChar } from "./redact-spelling.ts";

/**
 * Whether a text is worth a closer look: false means that it holds neither a card number in any spelling nor the name
 * of a secret. One pass over the character codes, because almost every webhook stops here.
 */
export function mayHoldCardData(text: string): boolean {
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    switch (code < 0x80 ? CLASSES[code] : NON_ASCII) {
      case BREAK:
        digits = 0;
        break;
      case DIGIT: {
        const start = i;
        while (isDigit(text.charCodeAt(i + 1))) i++;
        const length = i + 1 - start;
        if (length >= SHORTEST && digits === 0) {
          if (standsForMore(text.charCodeAt(i + 1)) || cardLikeness(text, start, i + 1) !== "no") return true;
          if (length > LONGEST) break;
        }
        // No issuer's numbers start with 0 or 1, but every timestamp of today does.
        if (digits === 0) digits = code > 0x31 ? length : 0;
        else digits += length;
        if (digits > length && digits >= SHORTEST) return true;
        break;
      }
      case ANCHOR:
        digits = 0;
        if (endsLikeSecretName(text, i, code) && SECRET_NAME.test(text.slice(Math.max(0, i - 15), i + 32))) return true;
        break;
      case ESCAPE: {
        const length = escapeLength(text, i, code);
        if (length === 0) {
          if (text.startsWith("\\u", i + 1)) return true; // one escape inside another
          digits = 0;
          break;
        }
        const spelled = escapedChar(text, i, length);
        if (isLetter(spelled)) return true; // a letter in this spelling hides a name
        digits = count(spelled, digits);
        if (digits >= SHORTEST) return true;
        i += length - 1;
        break;
      }
      case NON_ASCII:
        digits = count(code, digits);
        if (digits >= SHORTEST) return true;
        break;
      default: // a separator
    }
  }
  return false;
}

const SHORTEST = 12;
const LONGEST = 19;

const SEPARATOR = 0;
const BREAK = 1;
const DIGIT = 2;
const ANCHOR = 3;
const ESCAPE = 4;
const NON_ASCII = 5;

const CLASSES = new Uint8Array(0x80).fill(BREAK);
for (const char of " -./_,+\t\r\n") CLASSES[char.charCodeAt(0)] = SEPARATOR;
for (const char of "0123456789") CLASSES[char.charCodeAt(0)] = DIGIT;
for (const char of "cdgkpvwyCDGKPVWY") CLASSES[char.charCodeAt(0)] = ANCHOR;
for (const char of "\\%&") CLASSES[char.charCodeAt(0)] = ESCAPE;

/** The names that `redact-keys.ts`, `redact-codes.ts` and `redact-track.ts` know, roughly. */
const SECRET_NAME =
  /(?:cv[vcnd]2?|cav2?|csc|cid|security[^a-z]{0,3}code|verification[^a-z]{0,3}(?:value|code|number)|card[^a-z]{0,3}code|m?pin|track[^a-z]{0,3}(?:[123]|one|two|three|data)|mag(?:netic)?[^a-z]{0,3}strip|swipe|chip|emv|icc)e?(?:[^a-z]{0,3}(?:code|number|num|no|value|data|block|equivalent)){0,2}(?![a-z_])/i;

/** Digits that go on with `^`, `=` or `d` are stripe data, with `e` a number that is larger than it looks. */
function standsForMore(next: number): boolean {
  return next === 0x5e || next === 0x3d || (next | 0x20) === 0x64 || (next | 0x20) === 0x65;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** A cheap look at the letters around `c d g k p v w y`, one of which is in every secret's name. */
function endsLikeSecretName(text: string, i: number, code: number): boolean {
  const before = text.charCodeAt(i - 1) | 0x20;
  switch (code | 0x20) {
    case 0x76: // v: cvv cvc cvn cvd cav emv, verification
      return before === 0x63 || before === 0x61 || before === 0x6d || (text.charCodeAt(i + 3) | 0x20) === 0x69;
    case 0x70: // p: pin, chip
      return before === 0x69 || ((text.charCodeAt(i + 1) | 0x20) === 0x69 && (text.charCodeAt(i + 2) | 0x20) === 0x6e);
    case 0x6b: // k: track
      return before === 0x63 && (text.charCodeAt(i - 3) | 0x20) === 0x72;
    case 0x63: // c: icc, csc
      return (
        (before === 0x63 || before === 0x73) && (text.charCodeAt(i - 2) | 0x20) === (before === 0x63 ? 0x69 : 0x63)
      );
    case 0x64: // d: cid, card code
      return (
        (before === 0x69 && (text.charCodeAt(i - 2) | 0x20) === 0x63) ||
        (before === 0x72 && (text.charCodeAt(i - 3) | 0x20) === 0x63)
      );
    case 0x67: // g: magstripe, magnetic stripe
      return before === 0x61 && (text.charCodeAt(i - 2) | 0x20) === 0x6d;
    case 0x77: // w: swipe
      return before === 0x73;
    default: // y: security code
      return before === 0x74 && (text.charCodeAt(i - 3) | 0x20) === 0x72;
  }
}

/** Length of the escape at `i`, or 0 when there is none. */
function escapeLength(text: string, i: number, code: number): number {
  if (code === 0x25) return isHex(text.charCodeAt(i + 1)) && isHex(text.charCodeAt(i + 2)) ? 3 : 0;
  if (code === 0x26) return text.slice(i, i + 9).indexOf(";") + 1;
  let end = i + 1;
  while (text.charCodeAt(end) === 0x5c) end++;
  const escaped = text.charCodeAt(end);
  if (escaped === 0x75 && /^[\da-f]{4}/i.test(text.slice(end + 1, end + 5))) return end + 5 - i;
  return escaped === 0x22 ? end - i : end + 1 - i;
}

/** What an escape stands for, roughly: of those that are seldom used, a digit. */
function escapedChar(text: string, i: number, length: number): number {
  if (text.charCodeAt(i) !== 0x5c) return 0x30;
  return length > 5 && text.charCodeAt(i + length - 5) === 0x75
    ? Number.parseInt(text.slice(i + length - 4, i + length), 16)
    : 0x20;
}

/** The digits in a row after one more character, however it is spelled. */
function count(code: number, digits: number): number {
  // The bold, sans-serif and monospace digits lie outside the first plane: U+D835, then U+DFCE to U+DFFF.
  if (code === 0xd835) return digits;
  if (code >= 0xdfce && code <= 0xdfff) return digits + 1;
  const plain = plainChar(code);
  if (plain === "" || CLASSES[plain.charCodeAt(0)] === SEPARATOR) return digits;
  return isDigit(plain.charCodeAt(0)) ? digits + 1 : 0;
}

function isHex(code: number): boolean {
  return isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}

function isLetter(code: number): boolean {
  return code < 0x80 && (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}
