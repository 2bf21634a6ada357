/**
 * JSON as a payment system has to read it: exact bytes, bounded depth, no key twice, numbers available as their
 * source text. `JSON.parse` does the parsing; this file adds what it lets through.
 */

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export type JsonRefusal = "invalid_utf8" | "invalid_json" | "duplicate_key" | "too_deep";

export type JsonResult =
  | { readonly ok: true; readonly value: JsonValue; readonly text: string }
  | { readonly ok: false; readonly reason: JsonRefusal };

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Parses a body. `maxDepth` counts the root as 1. A byte order mark is not JSON and is refused. */
export function readJson(body: Uint8Array, maxDepth: number): JsonResult {
  let text: string;
  try {
    text = decoder.decode(body);
  } catch {
    return { ok: false, reason: "invalid_utf8" };
  }
  // Before JSON.parse, which recurses: a deep body must cost nothing.
  const { depth, colons } = scanStructure(text);
  if (depth > maxDepth) return { ok: false, reason: "too_deep" };
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return { ok: false, reason: "invalid_json" };
  }
  // JSON.parse keeps the last of two equal keys, so the parsed value then has fewer keys than the text has colons.
  return countKeys(value) === colons ? { ok: true, value, text } : { ok: false, reason: "duplicate_key" };
}

/** The same value with every number replaced by its source text, so that no digit passes through a float. */
export function withNumbersAsText(text: string): JsonValue {
  return JSON.parse(
    text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
      token.startsWith('"') ? token : `"${token}"`,
    ),
  ) as JsonValue;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value at a path of own properties (`["data", "object", "id"]`; a number indexes an array), or undefined.
 * Inherited names such as `constructor` are never found.
 */
export function at(value: unknown, ...path: readonly (string | number)[]): JsonValue | undefined {
  let current: unknown = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current as JsonValue;
}

/** The string at a path, or null when there is none or it is empty. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string | null {
  const found = at(value, ...path);
  return typeof found === "string" && found !== "" ? found : null;
}

function scanStructure(text: string): { depth: number; colons: number } {
  let depth = 0;
  let deepest = 0;
  let colons = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // a string: skip to its closing quote, so that nothing inside it counts
        for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
        break;
      case 0x7b:
      case 0x5b:
        if (++depth > deepest) deepest = depth;
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        break;
      case 0x3a:
        colons++;
        break;
      default:
    }
  }
  return { depth: Math.max(deepest, 1), colons };
}

function countKeys(value: JsonValue): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item);
    return count;
  }
  for (const key in value) count += 1 + countKeys((value as JsonObject)[key] as JsonValue);
  return count;
}
