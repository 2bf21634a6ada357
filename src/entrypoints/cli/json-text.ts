import { COMPACT, jsonTokens, layOutJson } from "../../providers/json-layout.ts";
import { escapeUnsafe } from "./terminal-text.ts";

/**
 * JSON that is passed on as text, because parsing and writing it again would change digits of the amounts in it.
 * One line, in which no character can drive a terminal. `text` has to be JSON.
 */
export function oneLine(text: string): string {
  return escapeUnsafe(layOutJson(jsonTokens(text), COMPACT));
}

/** The text of each element of an array that is a member of an object; empty when there is no such array. */
export function elementsOf(text: string, member: string): string[] {
  const found = memberOf(text, member);
  return found === null ? [] : split(jsonTokens(found)).map((tokens) => layOutJson(tokens, COMPACT));
}

/** The text of a member of an object, or null. */
export function memberOf(text: string, member: string): string | null {
  const found = split(jsonTokens(text)).find(([key, colon]) => key === JSON.stringify(member) && colon === ":");
  return found === undefined ? null : layOutJson(found.slice(2), COMPACT);
}

/** The same JSON for people to read. */
export function indentedLines(text: string): string[] {
  return layOutJson(jsonTokens(text), { indent: "  ", colon: ": ", comma: "," }).split("\n");
}

/** What stands between the outer brackets, at its commas. */
function split(tokens: readonly string[]): (readonly string[])[] {
  const parts: string[][] = [];
  let depth = 0;
  for (const token of tokens) {
    if (token === "}" || token === "]") depth--;
    const isComma = token === "," && depth === 1;
    if (isComma || (depth === 1 && parts.length === 0)) parts.push([]);
    if (depth >= 1 && !isComma) parts.at(-1)?.push(token);
    if (token === "{" || token === "[") depth++;
  }
  return parts;
}
