import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redact, redactText } from "./redact.ts";

describe("redaction of any document", () => {
  it("leaves no card number in any writing, keeps the shape, and has nothing left to do afterwards", () => {
    fc.assert(
      fc.property(documents(), ({ text, numbers }) => {
        const output = redacted(text);
        expect(shapeOf(JSON.parse(output))).toEqual(shapeOf(JSON.parse(text)));
        const digits = digitsIn(JSON.parse(output));
        for (const number of numbers) expect(digits).not.toContain(number);
        expect(redacted(output)).toBe(output);
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same bytes back when there is no card data", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(...harmlessFields), { maxLength: 12 }), fc.nat(4), (fields, indent) => {
        const text = JSON.stringify(
          { data: { object: Object.fromEntries(fields) }, list: fields.map((field) => Object.fromEntries([field])) },
          null,
          indent,
        );
        const body = new TextEncoder().encode(text);
        expect(redact(body, text)).toEqual({ payload: body, redacted: false });
        expect(redact(body, text).payload).toBe(body);
      }),
      { numRuns: 300 },
    );
  });
});

describe("redaction of any text", () => {
  it("never throws and has nothing left to do afterwards", () => {
    const pieces = [
      "4111111111111111",
      "4111",
      "1111",
      "0015",
      "5105 1051 0510 5100",
      "cvv",
      "pin",
      "123",
      "1234",
      "card",
    ];
    const marks = [
      " ",
      "-",
      ".",
      "/",
      "+",
      "_",
      "*",
      "**",
      "=",
      ":",
      "^",
      ";",
      "?",
      "%",
      "%20",
      "\\",
      "\\u0034",
      "&#52;",
      '"',
      "é",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces, ...marks, "%B", "D", "57", "\u200b", "４")), (parts) => {
        const output = redactText(parts.join(""));
        expect(redactText(output)).toBe(output);
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => redactText(redactText(text)) === redactText(text)));
  });
});

/** Prefix and length. */
const ISSUERS: readonly (readonly [string, number])[] = [
  ["4", 13],
  ["4", 16],
  ["4", 19],
  ["51", 16],
  ["55", 16],
  ["2221", 16],
  ["2720", 16],
  ["34", 15],
  ["37", 15],
  ["6011", 16],
  ["65", 16],
  ["644", 19],
  ["36", 14],
  ["305", 14],
  ["3528", 16],
  ["62", 16],
  ["62", 19],
  ["2200", 16],
];

const cardNumbers = fc
  .tuple(fc.constantFrom(...ISSUERS), fc.array(fc.nat(9), { minLength: 19, maxLength: 19 }))
  .map(([[prefix, length], digits]) => withCheckDigit((prefix + digits.join("")).slice(0, length - 1)));

const SEPARATORS = [
  " ",
  "-",
  ".",
  "/",
  "_",
  " - ",
  "\u00a0",
  "\u2009",
  "\u2011",
  "\u2013",
  "\u2212",
  "\u200b",
  "\t",
  "%20",
  "%2D",
  "+",
  ":",
  ";",
  "|",
  " | ",
  "; ",
];

/** A card number as a string's content, before it is escaped for JSON. */
function written(number: string): fc.Arbitrary<string> {
  const groups = number.length === 15 ? [4, 6, 5] : number.length === 14 ? [4, 6, 4] : [4, 4, 4, 4, 3];
  return fc.oneof(
    fc.constant(number),
    fc.constantFrom(...SEPARATORS).map((separator) => split(number, groups).join(separator)),
    fc.constantFrom(" ", "-").map((separator) => Array.from(number).join(separator)),
    fc.constantFrom(0xff10, 0x0660, 0x06f0, 0x0966, 0x1d7ce).map((zero) => inScript(number, zero)),
  );
}

const PREFIXES = ["", "paid with ", "Karte: ", "(", "卡号", "12 ", "a=1&n=", "\n", "x\\n", '{"n":"', "é"];
const SUFFIXES = ["", ".", " thanks", ")", " exp 12/27", "&cvv=123", "。", '"', "\n"];

interface Planted {
  readonly value: unknown;
  readonly number: string;
}

/** Values with a card number in them; what starts with `RAW` becomes a number token. */
const planted: fc.Arbitrary<Planted> = cardNumbers.chain((number) => {
  const text = fc
    .tuple(fc.constantFrom(...PREFIXES), written(number), fc.constantFrom(...SUFFIXES))
    .map((parts) => parts.join(""));
  const token = fc
    .constantFrom(number, `${number}.0`, `${number[0]}.${number.slice(1)}e${number.length - 1}`, `${number}00E-2`)
    .map((raw) => RAW + raw);
  const plain = fc.oneof(text, token);
  return fc
    .oneof(
      plain,
      plain.map((value) => [value, 1]),
      text.map((key) => ({ [key]: true, other: "x" })),
      plain.map((value) => source({ inner: value })),
      plain.map((value) => source({ inner: source([value]) })),
    )
    .map((value) => ({ value, number }));
});

const RAW = "\u0001raw:";

function documents(): fc.Arbitrary<{ readonly text: string; readonly numbers: readonly string[] }> {
  const names = fc.constantFrom("note", "memo", "number", "card_number", "value", "description", "name", "info");
  return fc
    .tuple(
      fc.array(fc.tuple(names, planted), { minLength: 1, maxLength: 4 }),
      fc.array(fc.oneof(...harmlessFields), { maxLength: 4 }),
      fc.boolean(),
    )
    .map(([plants, harmless, escapeAll]) => {
      const fields = [...plants.map(([name, { value }], i) => [`${name}`, { [name]: value, i }] as const), ...harmless];
      const text = source({ data: Object.fromEntries(fields), list: plants.map(([, { value }]) => value) });
      return { text: escapeAll ? escapeDigitsInStrings(text) : text, numbers: plants.map(([, { number }]) => number) };
    });
}

/** JSON with the marked strings as number tokens. */
function source(value: unknown): string {
  return JSON.stringify(value).replace(/"\\u0001raw:([^"]*)"/g, "$1");
}

function escapeDigitsInStrings(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, (token) =>
    token.replace(/\\.[\da-fA-F]{0,4}|\d/g, (part) => (part.startsWith("\\") ? part : `\\u003${part}`)),
  );
}

const hex = (length: number) =>
  fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length }).map((all) => all.join(""));
const alphanumeric = fc
  .array(fc.constantFrom(..."0123456789ABCDEFGHKLMNPQRSTUVWXYZabcefghjkmnopqrtuvwxyz"), {
    minLength: 14,
    maxLength: 24,
  })
  .map((all) => all.join(""));
const digits = (length: number) =>
  fc.array(fc.nat(9), { minLength: length, maxLength: length }).map((all) => all.join(""));
const named = (name: string, value: fc.Arbitrary<unknown>) => value.map((field) => [name, field] as const);

/** What real payloads are full of. */
const harmlessFields = [
  named(
    "id",
    fc.tuple(fc.constantFrom("pi_", "ch_", "evt_", "cus_", "WH-"), alphanumeric).map((parts) => parts.join("")),
  ),
  named("pspReference", digits(16)),
  named("originalReference", digits(16)),
  named("order_id", digits(16)),
  named("rrn", digits(12)),
  named("created", fc.integer({ min: 1_500_000_000, max: 1_999_999_999 })),
  named("created_ms", fc.integer({ min: 1_500_000_000_000, max: 1_999_999_999_999 })),
  named("ns", fc.bigInt({ min: 1_500_000_000_000_000_000n, max: 1_999_999_999_999_999_999n }).map(String)),
  named("value", fc.integer({ min: -99_999_999_999, max: 99_999_999_999 })),
  named("rate", fc.double({ min: 0, max: 10, noNaN: true })),
  named(
    "time",
    fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString()),
  ),
  named("idempotency_key", fc.uuid()),
  named("digest", hex(64)),
  named(
    "phone",
    digits(10).map((number) => `+49 ${number}`),
  ),
  named("ip", fc.ipV4()),
  named("ip6", fc.ipV6()),
  named(
    "ip6_digits",
    fc.array(digits(4), { minLength: 8, maxLength: 8 }).map((groups) => groups.join(":")),
  ),
  named(
    "mac",
    fc.array(hex(2), { minLength: 6, maxLength: 8 }).map((pairs) => pairs.join(":")),
  ),
  named(
    "local_time",
    fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
      .map((date) => date.toISOString().replace("T", " ").replace("Z", "")),
  ),
  named(
    "span",
    fc.tuple(digits(2), digits(2), digits(2), digits(2)).map(([a, b, c, d]) => `${a}:${b}:${c};${d}`),
  ),
  named(
    "request_id",
    fc.array(digits(4), { minLength: 4, maxLength: 4 }).map((groups) => groups.join(":")),
  ),
  named("email", fc.emailAddress()),
  named("postal_code", digits(5)),
  named("last4", digits(4)),
  named(
    "masked",
    fc.tuple(digits(6), digits(4)).map(([first, last]) => `${first}******${last}`),
  ),
  named("cvc_check", fc.constantFrom("pass", "fail", "unchecked", null)),
  named("cvv_result", fc.constantFrom("M", "N", "P")),
  named("shipping", fc.constant(null)),
  named("tracking_number", digits(10)),
  named(
    "address",
    digits(6).map((pin) => ({ pin, city: "Pune" })),
  ),
];

function redacted(text: string): string {
  return new TextDecoder().decode(redact(new TextEncoder().encode(text), text).payload);
}

/** All names and values, escapes and encodings undone, everything but the digits dropped. */
function digitsIn(value: unknown): string {
  return JSON.stringify(value)
    .replace(/\\+u[\da-f]{4}/gi, (escaped) => JSON.parse(`"\\${escaped.replace(/^\\+/, "")}"`))
    .replace(/%(?:20|2D)/g, "")
    .normalize("NFKC")
    .replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/g, (digit) => String(((digit.charCodeAt(0) - 0x660) % 16) % 10))
    .replace(/\D/g, "");
}

/** The structure without names and values. A number may become a string. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value === "object" && value !== null) return Object.values(value).map(shapeOf);
  return typeof value === "string" || typeof value === "number" ? "scalar" : value;
}

function split(number: string, lengths: readonly number[]): string[] {
  let rest = number;
  const groups = lengths.map((length) => {
    const group = rest.slice(0, length);
    rest = rest.slice(length);
    return group;
  });
  return groups.filter((group) => group !== "");
}

function inScript(number: string, zero: number): string {
  return Array.from(number, (digit) => String.fromCodePoint(zero + Number(digit))).join("");
}

function withCheckDigit(body: string): string {
  const sum = Array.from(body)
    .toReversed()
    .map((char, i) => (i % 2 === 0 ? Number(char) * 2 : Number(char)))
    .reduce((total, value) => total + (value > 9 ? value - 9 : value), 0);
  return body + String((10 - (sum % 10)) % 10);
}
