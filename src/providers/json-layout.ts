/** How JSON is written: what stands between its tokens. */
export interface JsonLayout {
  /** One level of indentation; null for everything on one line. */
  readonly indent: string | null;
  readonly colon: string;
  readonly comma: string;
}

export const COMPACT: JsonLayout = { indent: null, colon: ":", comma: "," };

/** The tokens of a JSON text, as they are written. `text` has to be JSON. */
export function jsonTokens(text: string): readonly string[] {
  return text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
}

/** Writes tokens in a layout. Numbers, strings and the order of keys stay as they are, to the digit. */
export function layOutJson(tokens: readonly string[], { indent, colon, comma }: JsonLayout): string {
  let depth = 0;
  const line = () => (indent === null ? "" : `\n${indent.repeat(depth)}`);
  const parts: string[] = [];
  for (const [i, token] of tokens.entries()) {
    if (token === "{" || token === "[") {
      depth++;
      const next = tokens[i + 1];
      parts.push(next === "}" || next === "]" ? token : token + line());
    } else if (token === "}" || token === "]") {
      depth--;
      const last = tokens[i - 1];
      parts.push(last === "{" || last === "[" ? token : line() + token);
    } else if (token === ",") parts.push(comma + line());
    else parts.push(token === ":" ? colon : token);
  }
  return parts.join("");
}
