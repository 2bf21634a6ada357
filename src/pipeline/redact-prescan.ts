import { cardLikeness } from "../domain/card-number.ts";
import { plainChar } from "./redact-spelling.ts";

/**
 * Whether a text is worth a closer look: false means that it holds neither a card number in any spelling nor the name
 * of a secret. Almost every webhook stops here, so the common case is three patterns that no character takes long in.
 */
export function mayHoldCardData(text: string): boolean {
  return SECRET_NAME.test(text) || ((PLAIN_DIGITS.test(text) || OTHER_SPELLING.test(text)) && mayHoldDigits(text));
}

/** The names that `redact-keys.ts`, `redact-codes.ts` and `redact-track.ts` know, roughly. */
const SECRET_NAME =
  /(?:cv[vcnd]2?|cav2?|csc|cid|security[^a-z]{0,3}code|verification[^a-z]{0,3}(?:value|code|number)|card[^a-z]{0,3}code|m?pin|track[^a-z]{0,3}(?:[123]|one|two|three|data)|mag(?:netic)?[^a-z]{0,3}strip|swipe|chip|emv|icc)e?(?:[^a-z]{0,3}(?:code|number|num|no|value|data|block|equivalent)){0,2}(?![a-z_])/i;

/** Twelve digits with nothing but separators between them. No issuer's numbers begin with 0 or 1. */
const PLAIN_DIGITS = /(?<!\d)[2-9](?:[ .\-/_,+:;|\t\r\n]{0,5}\d){11}/;

const OTHER_SPELLING = /[%&\\\u0080-\uffff]/;

function mayHoldDigits(text: string): boolean {
  let digits = 0;
  let group = 0;
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
        group = length;
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
      case MARK:
        if (group < SHORTEST_GROUP) digits = 0;
        break;
      case ESCAPE: {
        group = SHORTEST_GROUP;
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
        group = SHORTEST_GROUP;
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
/** Shorter ones with a mark behind them are times. */
const SHORTEST_GROUP = 4;

const SEPARATOR = 0;
const BREAK = 1;
const DIGIT = 2;
const ESCAPE = 3;
const NON_ASCII = 4;
const MARK = 5;

const CLASSES = new Uint8Array(0x80).fill(BREAK);
for (const char of " -./_,+\t\r\n") CLASSES[char.charCodeAt(0)] = SEPARATOR;
for (const char of ":;|") CLASSES[char.charCodeAt(0)] = MARK;
for (const char of "0123456789") CLASSES[char.charCodeAt(0)] = DIGIT;
for (const char of "\\%&") CLASSES[char.charCodeAt(0)] = ESCAPE;

/** Digits that go on with `^`, `=` or `d` are stripe data, with `e` a number that is larger than it looks. */
function standsForMore(next: number): boolean {
  return next === 0x5e || next === 0x3d || (next | 0x20) === 0x64 || (next | 0x20) === 0x65;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Length of the escape at `i`, or 0 when there is none. */
function escapeLength(text: string, i: number, code: number): number {
  if (code === 0x25) return isHex(text.charCodeAt(i + 1)) && isHex(text.charCodeAt(i + 2)) ? 3 : 0;
  if (code === 0x26) return ENTITY.exec(text.slice(i, i + 9))?.[0].length ?? 0;
  let end = i + 1;
  while (text.charCodeAt(end) === 0x5c) end++;
  const escaped = text.charCodeAt(end);
  if (escaped === 0x75 && /^[\da-f]{4}/i.test(text.slice(end + 1, end + 5))) return end + 5 - i;
  return escaped === 0x22 ? end - i : end + 1 - i;
}

const ENTITY = /^&(?:#x?[\da-f]{1,6}|[a-z]{3,5});/i;

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
  const kind = plain === "" ? SEPARATOR : CLASSES[plain.charCodeAt(0)];
  if (kind === SEPARATOR || kind === MARK) return digits;
  return kind === DIGIT ? digits + 1 : 0;
}

function isHex(code: number): boolean {
  return isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}

function isLetter(code: number): boolean {
  return code < 0x80 && (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}
