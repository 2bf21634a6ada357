import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSize } from "./size.ts";

describe("sizes", () => {
  it.each([
    ["64KiB", 65_536],
    ["512MiB", 536_870_912],
    ["2GiB", 2_147_483_648],
    ["100B", 100],
    ["262144", 262_144],
    [262_144, 262_144],
    [0, 0],
  ])("%s is %d bytes", (value, bytes) => {
    expect(parseSize(value)).toBe(bytes);
  });

  it.each(["", "64KB", "64kib", "64 KiB", "-1", "1.5MiB", "0x10", "64KiB\n", -1, 1.5, Number.NaN, Infinity, 1e21])(
    "%j is no size",
    (value) => {
      expect(parseSize(value)).toBeNull();
    },
  );

  it("reads every whole number of bytes as itself", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseSize(bytes)).toBe(bytes);
      }),
    );
  });
});
