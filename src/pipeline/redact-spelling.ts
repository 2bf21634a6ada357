/** A text as it reads after undoing one way of spelling it, and where each of its characters stands in the original. */
interface Spelling {
  readonly text: string;
  /** Offset in the original of the character at `index`; of the end for `index === text.length`. */
  offset(index: number): number;
}

/** The content of a JSON string token between its quotes, `[start, end)` of the source, with its escapes undone. */
export function unescapeJson(source: string, start: number, end: number): Spelling {
  const raw = source.slice(start, end);
  if (!raw.includes("\\")) return { text: raw, offset: (index) => start + index };
  const escapes = /\\(?:u([\dA-Fa-f]{4})|(.))/gs;
  return respell(raw, start, escapes, ([, hex, char]) =>
    hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : (JSON_ESCAPES[char ?? ""] ?? char ?? ""),
  );
}

const JSON_ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/**
 * Plain ASCII for whatever else spells a character inside a text: percent-encoding, HTML entities, backslash escapes
 * that are left over, digits of other scripts, full-width forms, and the many spaces, dashes and invisible characters
 * of Unicode. Null when nothing changes.
 */
export function plainSpelling(text: string): Spelling | null {
  if (text.search(SPELLED) < 0) return null;
  const spelling = respell(text, 0, SPELLED, ([whole]) => plainOf(whole));
  return spelling.text === text ? null : spelling;
}

// The look-behind keeps a long run of backslashes from being tried once per backslash.
const SPELLED =
  /%[0-7][\da-f]|%[c-f][\da-f](?:%[89ab][\da-f]){1,3}|(?<!\\)\\+(?:u[\da-f]{4}|["'/nrt])|&(?:#\d{1,6}|#x[\da-f]{1,5}|nbsp|quot|[nm]dash|minus|shy);|\P{ASCII}/giu;

function plainOf(spelled: string): string {
  if (spelled.startsWith("%")) return percentDecoded(spelled);
  if (spelled.startsWith("&")) return ENTITIES[spelled.toLowerCase()] ?? entityDecoded(spelled);
  if (spelled.startsWith("\\")) {
    const escaped = spelled.replace(/^\\+/, "");
    return /^u./i.test(escaped) ? plainChar(Number.parseInt(escaped.slice(1), 16)) : escaped.replace(/[nrt]/i, " ");
  }
  return plainChar(spelled.codePointAt(0) ?? 0);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&nbsp;": " ",
  "&quot;": '"',
  "&ndash;": "-",
  "&mdash;": "-",
  "&minus;": "-",
  "&shy;": "",
};

function percentDecoded(spelled: string): string {
  try {
    return plainChar(decodeURIComponent(spelled).codePointAt(0) ?? 0);
  } catch {
    return spelled;
  }
}

function entityDecoded(spelled: string): string {
  const hex = spelled[2]?.toLowerCase() === "x";
  const code = Number.parseInt(spelled.slice(hex ? 3 : 2), hex ? 16 : 10);
  return code <= 0x10ffff ? plainChar(code) : spelled;
}

/** The ASCII character that this one stands for, "" for an invisible one, itself when it is a character of its own. */
export function plainChar(code: number): string {
  // Most letters of most scripts, before anything is looked up.
  if (code < 0x80 || (code > 0xb7 && code < 0x58a) || (code > 0x30fc && code < 0xfe58))
    return String.fromCodePoint(code);
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - 0xfee0);
  if (code >= 0x1d7ce && code <= 0x1d7ff) return String((code - 0x1d7ce) % 10);
  const known = PLAIN.get(code);
  return known ?? String.fromCodePoint(code);
}

const ZEROS = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x0ed0,
  0x0f20, 0x1040, 0x17e0, 0x1810,
];

const PLAIN: ReadonlyMap<number, string> = new Map([
  ...ZEROS.flatMap((zero) => Array.from({ length: 10 }, (_, digit) => [zero + digit, String(digit)] as const)),
  ...each(
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000",
    " ",
  ),
  ...each("\u058a\u05be\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2e3a\u2e3b\u3030\u30fc\ufe58\ufe63", "-"),
  ...each("\u00b7\u2022\u2024\u2027\u30fb", "."),
  ...each("\u2044\u2215", "/"),
  ...each("\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff", ""),
]);

function each(chars: string, plain: string): (readonly [number, string])[] {
  return Array.from(chars, (char) => [char.charCodeAt(0), plain] as const);
}

function respell(text: string, base: number, pattern: RegExp, spell: (match: RegExpExecArray) => string): Spelling {
  const offsets = new Int32Array(text.length + 1);
  let result = "";
  let length = 0;
  let done = 0;
  const copy = (to: number) => {
    for (let i = done; i < to; i++) offsets[length++] = base + i;
    result += text.slice(done, to);
    done = to;
  };
  for (const match of text.matchAll(pattern)) {
    copy(match.index);
    const plain = spell(match);
    for (let i = 0; i < plain.length; i++) offsets[length++] = base + match.index;
    result += plain;
    done = match.index + match[0].length;
  }
  copy(text.length);
  offsets[length] = base + text.length;
  return { text: result, offset: (index) => offsets[index] as number };
}
