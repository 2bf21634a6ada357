import { expect, test } from "vitest";
import { integer, octetString, oid, time } from "./der.ts";

test("an object identifier is written in base 128", () => {
  expect(oid("1.2.840.113549.1.1.11").toString("hex")).toBe("06092a864886f70d01010b");
});

test.each([
  [127, "047f"],
  [128, "048180"],
  [256, "04820100"],
])("a length of %i is written in the shortest form", (length, start) => {
  const written = octetString(Buffer.alloc(length)).toString("hex");
  expect(written.slice(0, start.length)).toBe(start);
  expect(written).toHaveLength(start.length + 2 * length);
});

test("years from 2050 on have four digits", () => {
  expect(time(new Date("2049-12-31T23:59:59Z")).toString("latin1", 2)).toBe("491231235959Z");
  expect(time(new Date("2050-01-01T00:00:00Z")).toString("latin1", 2)).toBe("20500101000000Z");
});

test("a small number is one byte", () => {
  expect(integer(2).toString("hex")).toBe("020102");
});
