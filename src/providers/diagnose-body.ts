import { COMPACT, type JsonLayout, jsonTokens, layOutJson } from "./json-layout.ts";

export type BodyChange =
  | "trailing_newline"
  | "line_endings"
  | "byte_order_mark"
  | "reserialised_body"
  | "base64_body"
  | "quoted_body"
  | "wrong_charset";

export interface PossibleOriginal {
  readonly change: BodyChange;
  readonly body: Uint8Array;
}

/**
 * The bodies that a sender may have sent when this one arrived, one well-known change of the way undone in each.
 * Numbers and the order of keys are kept as written: what those were before cannot be known.
 */
export function* possibleOriginals(body: Uint8Array): Generator<PossibleOriginal, void, void> {
  // Latin-1 maps every byte to one character and back, so these edits are exact whatever the encoding.
  const bytes = Buffer.from(body).toString("latin1");
  const whole = (change: BodyChange, text: string) => ({ change, body: Buffer.from(text, "latin1") });

  for (const text of otherEnds(bytes)) yield whole("trailing_newline", text);
  const lf = bytes.replaceAll("\r\n", "\n");
  for (const text of [lf, lf.replaceAll("\n", "\r\n")]) {
    if (text !== bytes) for (const end of [text, ...otherEnds(text)]) yield whole("line_endings", end);
  }
  yield whole("byte_order_mark", bytes.startsWith(BOM) ? bytes.slice(BOM.length) : BOM + bytes);

  const text = readUtf8(body);
  if (text === null) return;
  for (const json of reserialisations(text)) yield { change: "reserialised_body", body: Buffer.from(json, "utf8") };
  if (/^[A-Za-z0-9+/_-]{8,}={0,2}\s*$/.test(text)) yield { change: "base64_body", body: Buffer.from(text, "base64") };
  const inner = parse(text);
  if (typeof inner === "string") yield { change: "quoted_body", body: Buffer.from(inner, "utf8") };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of Latin-1, control characters included
  if (/[\x80-\xff]/.test(text) && /^[\x00-\xff]*$/.test(text)) yield whole("wrong_charset", text);
}

const BOM = "\xef\xbb\xbf";

function otherEnds(text: string): string[] {
  const trimmed = text.replace(/[\r\n\t ]+$/, "");
  return [text.replace(/\r?\n$/, ""), trimmed, `${text}\n`, `${text}\r\n`, text.trim()].filter((end) => end !== text);
}

function readUtf8(body: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The same JSON in the styles that common serialisers write. Empty when the text is not JSON. */
function* reserialisations(text: string): Generator<string> {
  const value = parse(text);
  if (typeof value !== "object" || value === null) return;
  const tokens = jsonTokens(text);
  for (const spell of STRING_SPELLINGS) {
    const spelled = tokens.map((token) => (token.startsWith('"') ? spell(token) : token));
    for (const layout of LAYOUTS) {
      const json = layOutJson(spelled, layout);
      yield json;
      yield `${json}\n`;
    }
  }
}

const LAYOUTS: readonly JsonLayout[] = [
  COMPACT,
  { indent: "  ", colon: ": ", comma: "," },
  { indent: null, colon: ": ", comma: ", " },
  { indent: "    ", colon: ": ", comma: "," },
  { indent: "\t", colon: ": ", comma: "," },
  { indent: "  ", colon: " : ", comma: "," },
];

const canonical = (token: string) => JSON.stringify(JSON.parse(token));
const ascii = (token: string) =>
  canonical(token).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
const escapedSlashes = (token: string) => token.replaceAll("/", "\\/");

// As they are, JavaScript, Python, PHP, PHP with JSON_UNESCAPED_UNICODE, Go.
const STRING_SPELLINGS: readonly ((token: string) => string)[] = [
  (token) => token,
  canonical,
  ascii,
  (token) => escapedSlashes(ascii(token)),
  (token) => escapedSlashes(canonical(token)),
  (token) => canonical(token).replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`),
];
