/**
 * Text from a payload made safe for a terminal: control characters, and the format characters that change the reading
 * direction, are shown as escapes and can do nothing.
 */
export function visible(text: string): string {
  return text.replace(UNSAFE, (char) => NAMED[char] ?? escaped(char));
}

/** JSON on one line in which no character can drive a terminal; still the same JSON. */
export function jsonLine(value: unknown): string {
  return escapeUnsafe(JSON.stringify(value));
}

/** The same JSON text with every character that could drive a terminal written as an escape. */
export function escapeUnsafe(json: string): string {
  return json.replace(UNSAFE, escaped);
}

/** Columns that the text takes, one for each character; combining marks take none. */
export function widthOf(text: string): number {
  return Array.from(text.replace(/\p{Mn}/gu, "")).length;
}

const UNSAFE = /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
