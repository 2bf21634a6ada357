import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lanes } from "./lanes.ts";

/** Rows in memory, as the database would give them. */
function rows(lanesOf: readonly string[]) {
  const table = new Map(lanesOf.map((lane, index) => [index + 1, lane]));
  const found = (number: number, lane: string) => ({ number, lane, row: number });
  return {
    table,
    scan: (after: number, limit: number) =>
      [...table]
        .filter(([number]) => number > after)
        .slice(0, limit)
        .map(([number, lane]) => found(number, lane)),
    load: (number: number) => {
      const lane = table.get(number);
      return lane === undefined ? null : found(number, lane);
    },
  };
}

describe("lanes", () => {
  it("give every row once, each lane in order and one at a time, whatever the interleaving", () => {
    const scenario = fc.record({
      lanes: fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 40 }),
      steps: fc.array(fc.record({ limit: fc.integer({ min: 1, max: 5 }), finish: fc.nat() }), {
        minLength: 60,
        maxLength: 60,
      }),
    });
    fc.assert(
      fc.property(scenario, ({ lanes, steps }) => {
        const backing = rows(lanes);
        const schedule = new Lanes<number>(backing, () => {});
        const out: { number: number; lane: string }[] = [];
        const done: { number: number; lane: string }[] = [];
        for (const { limit, finish } of [...steps, ...lanes.map(() => ({ limit: 5, finish: 0 }))]) {
          out.push(...schedule.take(limit, "exclusive"));
          expect(new Set(out.map((row) => row.lane)).size).toBe(out.length);
          const [row] = out.splice(finish % Math.max(out.length, 1), 1);
          if (row === undefined) continue;
          backing.table.delete(row.number);
          schedule.done(row.lane);
          done.push(row);
        }
        expect(done.map((row) => row.number).toSorted((a, b) => a - b)).toEqual(lanes.map((_, index) => index + 1));
        for (const lane of "abcd") {
          const numbers = done.filter((row) => row.lane === lane).map((row) => row.number);
          expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  it("lose nothing when the database fails while rows are being taken", () => {
    const backing = rows(["a", "a", "b"]);
    let fails = true;
    const scan = (after: number, limit: number) => {
      if (after > 0 && fails) throw new Error("disk");
      return backing.scan(after, Math.min(limit, 2));
    };
    const schedule = new Lanes<number>({ ...backing, scan }, () => {});
    expect(() => schedule.take(3, "batch")).toThrow("disk");
    fails = false;
    expect(schedule.take(3, "batch").map((row) => row.number)).toEqual([1, 2, 3]);
  });

  it("lose nothing when the database fails while a row that waits is loaded", () => {
    const backing = rows(["a", "a", "a", "b"]);
    let fails = true;
    const load = (number: number) => {
      if (fails) throw new Error("disk");
      return backing.load(number);
    };
    const schedule = new Lanes<number>({ ...backing, load }, () => {});
    expect(schedule.take(9, "exclusive").map((row) => row.number)).toEqual([1, 4]);
    backing.table.delete(1);
    schedule.done("a");
    expect(() => schedule.take(9, "batch")).toThrow("disk");
    fails = false;
    expect(schedule.take(9, "batch").map((row) => row.number)).toEqual([2, 3]);
  });

  it("skip a row that was taken away meanwhile", () => {
    const backing = rows(["a", "a", "a"]);
    const schedule = new Lanes<number>(backing, () => {});
    expect(schedule.take(9, "exclusive").map((row) => row.number)).toEqual([1]);
    backing.table.delete(1);
    backing.table.delete(2);
    schedule.done("a");
    expect(schedule.take(9, "exclusive").map((row) => row.number)).toEqual([3]);
  });

  it("give a row that came back behind the scan, after those that its lane already waits with", () => {
    const backing = rows(["a", "a"]);
    const schedule = new Lanes<number>(backing, () => {});
    schedule.take(9, "exclusive");
    backing.table.delete(1);
    schedule.done("a");
    expect(schedule.take(9, "exclusive").map((row) => row.number)).toEqual([2]);
    backing.table.set(1, "a");
    schedule.add("a", 1);
    backing.table.delete(2);
    schedule.done("a");
    expect(schedule.take(9, "exclusive").map((row) => row.number)).toEqual([1]);
  });
});
