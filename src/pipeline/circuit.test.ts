import { describe, expect, it } from "vitest";
import { circuitAfter, openCircuit } from "./circuit.ts";

function circuit(failuresInRow = 0) {
  let now = 0;
  const clock = { now: () => 0, monotonic: () => now };
  const opened = openCircuit({ maxAttempts: 12, baseMs: 100, maxMs: 400 }, clock, failuresInRow);
  return {
    opened,
    fail(times: number) {
      for (let n = 0; n < times; n++) opened.start().failed(0);
    },
    pass(ms: number) {
      now += ms;
    },
  };
}

describe("a circuit", () => {
  it("stays closed while failures are interrupted by successes", () => {
    const { opened, fail } = circuit();
    fail(9);
    opened.start().succeeded();
    fail(9);
    expect([opened.state(), opened.allows(4)]).toEqual(["closed", 4]);
  });

  it("opens after ten failures in a row, and lets one probe through when its time has come", () => {
    const { opened, fail, pass } = circuit();
    fail(10);
    expect([opened.state(), opened.allows(4)]).toEqual(["open", 0]);
    pass(100);
    expect(opened.allows(4)).toBe(1);
    opened.start();
    expect([opened.state(), opened.allows(4)]).toEqual(["half_open", 0]);
  });

  it("waits longer after each probe that fails, up to the longest wait", () => {
    const { opened, fail, pass } = circuit();
    fail(10);
    const waits = [100, 200, 400, 400].map((longest) => {
      const wait = opened.waitMs();
      expect(wait).toBeGreaterThanOrEqual(longest / 2);
      expect(wait).toBeLessThanOrEqual(longest);
      pass(wait);
      fail(1);
      return wait;
    });
    expect(waits[2]).toBeGreaterThan(waits[0] ?? 0);
  });

  it("gives the destination the rest that it asks for", () => {
    const { opened, fail, pass } = circuit();
    fail(10);
    pass(100);
    opened.start().failed(5000);
    expect(opened.waitMs()).toBe(5000);
  });

  it("closes on the first success, and then needs ten failures again", () => {
    const { opened, fail, pass } = circuit();
    fail(10);
    pass(100);
    opened.start().succeeded();
    fail(9);
    expect(opened.state()).toBe("closed");
  });

  it("is not kept open longer by requests that were on their way when it opened", () => {
    const { opened, fail, pass } = circuit();
    const late = opened.start();
    fail(10);
    pass(99);
    const before = opened.waitMs();
    late.failed(0);
    expect([opened.state(), opened.waitMs()]).toEqual(["open", before]);
  });

  it("goes on from what an earlier process saw", () => {
    expect([circuitAfter(9), circuitAfter(10)]).toEqual(["closed", "open"]);
    expect(circuit(10).opened.allows(4)).toBe(1);
  });
});
