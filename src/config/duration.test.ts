import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

describe("durations", () => {
  it.each([
    ["50ms", 50],
    ["5s", 5_000],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["30d", 2_592_000_000],
    ["0s", 0],
  ])("%s is %d milliseconds", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "5", "5 s", " 5s", "5s ", "-5s", "+5s", "1.5h", "05s", "5S", "5sec", "1h30m", "1e3s", "5s\n", "٥s"])(
    "%j is no duration",
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it("refuses what a number cannot hold exactly", () => {
    expect(parseDuration("9007199254740991ms")).toBe(Number.MAX_SAFE_INTEGER);
    expect(parseDuration("9007199254740992ms")).toBeNull();
    expect(parseDuration(`${"9".repeat(400)}d`)).toBeNull();
  });

  it("reads back every duration that it writes", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it("reads whole numbers of every unit in proportion", () => {
    const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.constantFrom(...(Object.entries(units) as [string, number][])),
        (count, [unit, ms]) => {
          expect(parseDuration(`${count}${unit}`)).toBe(count * ms);
        },
      ),
    );
  });

  it("writes the largest unit that divides the time", () => {
    expect([90_000, 120_000, 86_400_000, 1, 0].map(formatDuration)).toEqual(["90s", "2m", "1d", "1ms", "0ms"]);
  });
});
