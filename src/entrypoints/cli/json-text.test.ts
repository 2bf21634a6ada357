import { expect, it } from "vitest";
import { elementsOf, indentedLines, memberOf, oneLine } from "./json-text.ts";

const TEXT = `{ "items": [ {"amount": 10.50, "note": "a, ]}\\" b"},\n {} , 12345678901234567890, [1, [2]] ], "next": null }`;

it("finds the elements of a member as they are written, to the digit", () => {
  expect(elementsOf(TEXT, "items")).toEqual([
    '{"amount":10.50,"note":"a, ]}\\" b"}',
    "{}",
    "12345678901234567890",
    "[1,[2]]",
  ]);
});

it("finds nothing in what is not there or empty", () => {
  expect(elementsOf('{"items":[]}', "items")).toEqual([]);
  expect(elementsOf("{}", "items")).toEqual([]);
  expect(memberOf('{"a":{"items":1}}', "items")).toBeNull();
  expect(memberOf(TEXT, "next")).toBe("null");
});

it("writes one line without a character that drives a terminal", () => {
  expect(oneLine('{\n  "a": "\u009b1m",\n  "b": 1.0\n}')).toBe('{"a":"\\u009b1m","b":1.0}');
});

it("indents for people and keeps the digits", () => {
  expect(indentedLines('{"a":1.0,"b":[]}')).toEqual(["{", '  "a": 1.0,', '  "b": []', "}"]);
});
