import { expect, it } from "vitest";
import { setAtPointer } from "./json-pointer.ts";

it.each([
  ["/a/b", { a: { b: 9 }, list: [1] }],
  ["/a/new", { a: { b: 1, new: 9 }, list: [1] }],
  ["/list/0", { a: { b: 1 }, list: [9] }],
  ["/list/-", { a: { b: 1 }, list: [1, 9] }],
  ["/a~1b~0c", { a: { b: 1 }, list: [1], "a/b~c": 9 }],
  ["/", { a: { b: 1 }, list: [1], "": 9 }],
])("sets %s", (pointer, expected) => {
  const body = { a: { b: 1 }, list: [1] };
  setAtPointer(body, pointer, 9);
  expect(body).toEqual(expected);
});

it.each(["", "a", "/none/b", "/list/2", "/list/x", "/a/b/c", "/constructor/x"])(
  "refuses %j and names it",
  (pointer) => {
    expect(() => setAtPointer({ a: { b: 1 }, list: [1] }, pointer, 9)).toThrow(RangeError);
  },
);

it("treats __proto__ as any other key", () => {
  const body: object = JSON.parse("{}");
  setAtPointer(body, "/__proto__", { polluted: true });
  expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
  expect(JSON.stringify(body)).toBe('{"__proto__":{"polluted":true}}');
});
