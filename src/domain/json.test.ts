import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, readJson, withNumbersAsText } from "./json.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("reading JSON", () => {
  it("gives what JSON.parse gives for every document without a key twice", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const result = readJson(bytes(text), 1000);
        expect(result).toEqual({ ok: true, value: JSON.parse(text), text });
      }),
    );
  });

  it.each([
    ['{"a":1,"a":2}', "duplicate_key"],
    ['{"a":1,"\\u0061":2}', "duplicate_key"],
    ['[{"b":{"x":":","x":1}}]', "duplicate_key"],
    ['{"__proto__":1,"__proto__":2}', "duplicate_key"],
    ["{", "invalid_json"],
    ["", "invalid_json"],
    ["\ufeff{}", "invalid_json"],
    ['{"a":1}x', "invalid_json"],
    ['{"unclosed":"', "invalid_json"],
  ])("refuses %s as %s", (text, reason) => {
    expect(readJson(bytes(text), 64)).toEqual({ ok: false, reason });
  });

  it("refuses bytes that are not UTF-8", () => {
    expect(readJson(Uint8Array.of(0x22, 0xff, 0x22), 64)).toEqual({ ok: false, reason: "invalid_utf8" });
  });

  it("counts the root as depth one and is not troubled by a hostile depth", () => {
    expect(readJson(bytes("[".repeat(3) + "]".repeat(3)), 3).ok).toBe(true);
    expect(readJson(bytes("[".repeat(4) + "]".repeat(4)), 3)).toEqual({ ok: false, reason: "too_deep" });
    expect(readJson(bytes("[".repeat(200_000)), 64)).toEqual({ ok: false, reason: "too_deep" });
    expect(readJson(bytes('{"a":"[[[[[[{{{{"}'), 1).ok).toBe(true);
  });

  it("finds own properties only", () => {
    const value = JSON.parse('{"a":{"__proto__":{"x":1}},"list":[{"y":2}]}');
    expect(at(value, "a", "__proto__", "x")).toBe(1);
    expect(at(value, "list", 0, "y")).toBe(2);
    for (const path of [["constructor"], ["a", "toString"], ["a", "b", "c"], ["list", 1, "y"]]) {
      expect(at(value, ...path)).toBeUndefined();
    }
  });

  it("gives numbers as their source text, and leaves digits inside strings alone", () => {
    expect(withNumbersAsText('{"a":99.990,"b":[1e2,-0],"c":"12 \\" 3","9":true}')).toEqual({
      a: "99.990",
      b: ["1e2", "-0"],
      c: '12 " 3',
      "9": true,
    });
  });
});
