import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith, problemsOf } from "../../test/config-folder.ts";
import { readYaml } from "./read-yaml.ts";

const read = (content: string | Uint8Array) => readYaml(join(folderWith({ "a.yaml": content }), "a.yaml"));

describe("the YAML of the file", () => {
  it("is plain data", () => {
    expect(read("a: 1\nb: [x, true, null, 1.5]\nc: { d: 'no' }\ne: no\nf: 2026-01-01\n")).toEqual({
      a: 1,
      b: ["x", true, null, 1.5],
      c: { d: "no" },
      e: "no",
      f: "2026-01-01",
    });
  });

  it("may repeat a part with an alias", () => {
    expect(read("a: &retry { max: 2m }\nb: *retry")).toEqual({ a: { max: "2m" }, b: { max: "2m" } });
  });

  it.each([
    ["a key given twice", "a: 1\nb: 2\na: 3\n", "line 3, column 1: the same key is given twice"],
    ["a key given twice inside", "a:\n  b: 1\n  b: 2\n", "line 3, column 3: the same key is given twice"],
    ["a tag of another language", "a: 1\nb: !!js/function 'x'\n", "line 2, column 4: this tag is not understood"],
    ["a tag that does not fit", "a: !!int foo\n", "line 1, column 4: this tag is not understood"],
    ["a tag of its own", "a: !secret foo\n", "line 1, column 4: this tag is not understood"],
    ["two documents", "a: 1\n---\nb: 2\n", "line 2, column 1: the file may hold one document only"],
    ["a bracket that is not closed", "a: [1, 2\n", "the indentation is wrong, or a bracket is not closed"],
    ["a tab", "a:\n\tb: 1\n", "line 2, column 1: indent with spaces, not with tabs"],
    ["a colon in a text", "a: b: c\n", "line 1, column 4: a map cannot start here"],
    ["a reference in brackets without quotes", "a: [${env:X}]\n", "line 1, column 6: a character is missing"],
    ["an escape that is none", 'a: "\\q"\n', "line 1, column 5: this escape is not valid"],
    ["a key that is no text", "? [a]\n: 1\n", "line 1, column 3: a key has to be text"],
    ["an alias to nothing", "a: *b\n", "has an alias that names no anchor"],
    ["brackets without end", "[".repeat(1_000_000), "the nesting is too deep"],
    ["lists in lists without end", "- ".repeat(500_000), "the nesting is too deep"],
    ["keys in keys without end", "? ".repeat(500_000), "the nesting is too deep"],
    ["maps in maps without end", Array.from({ length: 500 }, (_, n) => `${" ".repeat(n)}a:`).join("\n"), "too deep"],
  ])("cannot have %s", (_, text, message) => {
    expect(Object.values(problemsOf(() => read(text))).join()).toContain(message);
  });

  it("cannot be a bomb of aliases", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let n = 1; n < 12; n += 1)
      lines.push(
        `a${n}: &a${n} [${Array(10)
          .fill(`*a${n - 1}`)
          .join(", ")}]`,
      );
    expect(Object.values(problemsOf(() => read(lines.join("\n")))).join()).toContain("repetitions by aliases");
  });

  it("cannot have an alias to what it is part of", () => {
    for (const text of ["a: &a [*a, *a]", "a: &a { b: *a }"]) {
      expect(Object.values(problemsOf(() => read(text))).join()).toContain("what it is part of");
    }
  });

  it("does not merge maps", () => {
    expect(read("a: &a { b: 1 }\nc: { <<: *a }")).toEqual({ a: { b: 1 }, c: { "<<": { b: 1 } } });
  });

  it("names the file in every problem", () => {
    const folder = folderWith({ "a.yaml": "a: 1\na: 2\n" });
    expect(Object.keys(problemsOf(() => readYaml(join(folder, "a.yaml"))))).toEqual([join(folder, "a.yaml")]);
  });
});

describe("the file", () => {
  it.each([
    ["UTF-8", Buffer.from([0x61, 0x3a, 0x20, 0xff]), "is not UTF-8 text"],
    ["at most 1 MiB", `a: ${"x".repeat(2 ** 20)}`, "is larger than 1 MiB"],
  ])("has to be %s", (_, content, message) => {
    expect(Object.values(problemsOf(() => read(content)))).toEqual([message]);
  });

  it("cannot be a folder, or missing", () => {
    const folder = folderWith({});
    expect(problemsOf(() => readYaml(folder))).toEqual({ [folder]: "is not a regular file" });
    expect(problemsOf(() => readYaml(join(folder, "x")))).toEqual({ [join(folder, "x")]: "does not exist" });
  });
});
