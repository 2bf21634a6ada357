import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SeqSet } from "./seq-set.ts";

describe("a set of event numbers", () => {
  it("holds what was added and nothing else, however far apart", () => {
    const number = fc.oneof(fc.integer({ min: 0, max: 70 }), fc.maxSafeInteger());
    fc.assert(
      fc.property(fc.array(number), fc.array(number), (added, others) => {
        const [set, model] = [new SeqSet(), new Set<number>()];
        for (const seq of added) {
          expect(set.add(seq)).toBe(!model.has(seq));
          model.add(seq);
        }
        for (const seq of [...added, ...others]) expect(set.has(seq)).toBe(model.has(seq));
      }),
    );
  });
});
