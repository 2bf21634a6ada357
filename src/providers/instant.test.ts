import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instantOfSeconds, readInstant } from "./instant.ts";

describe("a provider's time", () => {
  test.each([
    ["2026-03-02T10:00:00Z", "2026-03-02T10:00:00.000Z"],
    ["2026-03-02t10:00:00z", "2026-03-02T10:00:00.000Z"],
    ["2026-03-02T10:00:00.037339943Z", "2026-03-02T10:00:00.037Z"],
    ["2026-03-02T11:00:00+01:00", "2026-03-02T10:00:00.000Z"],
    ["2026-03-02T02:00:00-0800", "2026-03-02T10:00:00.000Z"],
    ["2026-03-01T23:30:00-01:00", "2026-03-02T00:30:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ])("%s is %s", (text, instant) => {
    expect(readInstant(text)).toBe(instant);
  });

  test.each([
    "2018-19-12T22:20:32.000Z",
    "2018-02-30T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2026-03-02T24:00:00Z",
    "2026-03-02T10:60:00Z",
    "2026-03-02T10:00:00",
    "2026-03-02",
    "9999-12-31T23:59:59-01:00",
    "1772445600",
    "yesterday",
    "",
  ])("%j is none", (text) => {
    expect(readInstant(text)).toBeNull();
  });

  test.each([null, undefined, 1_772_445_600, {}, [], true])("%j is none", (value) => {
    expect(readInstant(value)).toBeNull();
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.anything(), (value) => readInstant(value) === null || typeof value === "string"));
  });
});

describe("unix seconds", () => {
  test("are a time", () => {
    expect(instantOfSeconds(1_772_445_600)).toBe("2026-03-02T10:00:00.000Z");
  });

  test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e15, -1e15, "1772445600", null, undefined])(
    "%j is none",
    (value) => {
      expect(instantOfSeconds(value)).toBeNull();
    },
  );
});
