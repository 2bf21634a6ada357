import { expect, it } from "vitest";
import { fieldLines, tableLines } from "./table.ts";

const COLUMNS = [
  { title: "ID", cell: (row: Row) => row.id },
  { title: "COUNT", cell: (row: Row) => row.count, align: "right" },
  { title: "WHY", cell: (row: Row) => row.why, cut: true },
] as const;

interface Row {
  readonly id: string;
  readonly count: string;
  readonly why: string | null;
}

it("aligns columns, numbers to the right, and shows a dash for nothing", () => {
  const rows = [
    { id: "stripe:evt_1", count: "7", why: null },
    { id: "b", count: "1200", why: "late" },
  ];
  expect(tableLines(COLUMNS, rows)).toEqual([
    "ID            COUNT  WHY",
    "stripe:evt_1      7  -",
    "b              1200  late",
  ]);
});

it("cuts only what may be cut, and only to the width of a terminal", () => {
  const rows = [{ id: "x".repeat(30), count: "1", why: "y".repeat(60) }];
  const [, line] = tableLines(COLUMNS, rows, 60);
  expect(line).toBe(`${"x".repeat(30)}      1  ${"y".repeat(20)}…`);
  expect(tableLines(COLUMNS, rows)[1]).toContain("y".repeat(60));
  expect(tableLines(COLUMNS, rows, 10)[1]).toContain("x".repeat(30));
});

it("lets no cell drive the terminal or break its line", () => {
  const rows = [{ id: "a\u001b[2Jb", count: "1", why: "two\nlines\u202e" }];
  const text = tableLines(COLUMNS, rows)[1];
  expect(text).toBe("a\\u001b[2Jb      1  two\\nlines\\u202e");
});

it("aligns the values of fields", () => {
  expect(
    fieldLines([
      ["event", "stripe:evt_1"],
      ["occurred", null],
    ]),
  ).toEqual(["event     stripe:evt_1", "occurred  -"]);
});
