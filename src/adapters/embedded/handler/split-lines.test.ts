import fc from "fast-check";
import { expect, test } from "vitest";
import { splitLines } from "./split-lines.ts";

test("lines are the same however the bytes are cut into chunks", () => {
  const anyText = fc.string({ unit: fc.constantFrom("a", "é", "😀", "\n"), maxLength: 40 });
  fc.assert(
    fc.property(anyText, fc.array(fc.nat(60), { maxLength: 6 }), (text, cuts) => {
      const lines: string[] = [];
      const splitter = splitLines(1000, (line) => lines.push(line));
      const bytes = Buffer.from(text);
      const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      for (let i = 1; i < edges.length; i++) splitter.push(bytes.subarray(edges[i - 1], edges[i]));
      splitter.end();
      const expected = text.split("\n");
      if (expected.at(-1) === "") expected.pop();
      expect(lines).toEqual(expected);
    }),
  );
});

test("what a line has beyond the limit is dropped, and the next line is whole", () => {
  const lines: string[] = [];
  const splitter = splitLines(4, (line) => lines.push(line));
  splitter.push(Buffer.from("abc"));
  splitter.push(Buffer.from("defgh"));
  splitter.push(Buffer.from("ij\nxy\n"));
  expect(lines).toEqual(["abcd", "xy"]);
});
