import fc from "fast-check";
import { expect, test } from "vitest";
import { oneLine } from "./one-line.ts";

test("line breaks, control and direction characters become spaces", () => {
  expect(oneLine(" a\r\nb\u0000\u001b[31mc\u2028d\u202ee\u0085f ", 50)).toBe("a b [31mc d e f");
});

test("what is too long ends in an ellipsis and never in half a character", () => {
  expect(oneLine("abcdef", 6)).toBe("abcdef");
  expect(oneLine("abcdefg", 6)).toBe("abcde…");
  expect(oneLine("abcd😀fg", 6)).toBe("abcd…");
});

test("any text comes out short, well-formed and on one line", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "é", "😀", "\n", "\u0000", "\u2029", "\ud800"), maxLength: 60 }),
      fc.integer({ min: 1, max: 40 }),
      (text, max) => {
        const line = oneLine(text, max);
        expect(line.length).toBeLessThanOrEqual(max);
        expect(line).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029]/u);
      },
    ),
  );
  expect(oneLine("a\ud800b", 9)).toBe("a\ufffdb");
});
