import { expect, test } from "vitest";
import { judgeSigningTime, readUnixSeconds } from "./signing-time.ts";

test("unix seconds are read from digits alone", () => {
  expect(readUnixSeconds("1700000000")).toBe(1_700_000_000_000);
  expect(readUnixSeconds("0")).toBe(0);
});

test.each(["", "-1", "+1", "1.5", "1e9", "0x10", "1700000000abc", " 1700000000", "1700000000\n", "١٧", "1".repeat(13)])(
  "unix seconds are not read from %j",
  (text) => {
    expect(readUnixSeconds(text)).toBeNull();
  },
);

test.each([
  [0, "in_time"],
  [300_000, "in_time"],
  [300_001, "stale_timestamp"],
  [-300_000, "in_time"],
  [-300_001, "future_timestamp"],
] as const)("with five minutes of tolerance an age of %d ms is %s", (age, verdict) => {
  expect(judgeSigningTime(1_000_000_000 - age, 1_000_000_000, 300_000)).toBe(verdict);
});

test.each([undefined, null, "5m", Number.NaN, -1])("with the tolerance %j nothing is in time", (tolerance) => {
  expect(judgeSigningTime(1000, 1000, tolerance)).toBe("stale_timestamp");
});
