import { visible, widthOf } from "./terminal-text.ts";

export interface Column<Row> {
  readonly title: string;
  /** The cell's text; null is shown as a dash. */
  readonly cell: (row: Row) => string | null;
  readonly align?: "right";
  /** May be cut to make the table fit a terminal; what has to be copied from the screen may not. */
  readonly cut?: true;
}

/** Lines of an aligned table, titles first. `width` is the terminal's; without it nothing is cut. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width?: number): string[] {
  const cells = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => visible(column.cell(row) ?? "-"))),
  ];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => widthOf(line[i] ?? ""))));
  if (width !== undefined) narrow(widths, columns, width);
  return cells.map((line) =>
    line
      .map((cell, i) => pad(shorten(cell, widths[i] ?? 0), widths[i] ?? 0, columns[i]?.align))
      .join(GAP)
      .trimEnd(),
  );
}

/** Aligned `name  value` lines. */
export function fieldLines(fields: readonly (readonly [name: string, value: string | null])[]): string[] {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}${GAP}${visible(value ?? "-")}`);
}

const GAP = "  ";
const NARROWEST = 12;

function narrow(widths: number[], columns: readonly Column<never>[], width: number): void {
  for (;;) {
    const total = widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1);
    const candidates = columns.flatMap((column, i) => (column.cut && (widths[i] ?? 0) > NARROWEST ? [i] : []));
    const widest = candidates.sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0];
    if (total <= width || widest === undefined) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function shorten(cell: string, width: number): string {
  return widthOf(cell) <= width
    ? cell
    : `${Array.from(cell)
        .slice(0, width - 1)
        .join("")}…`;
}

function pad(cell: string, width: number, align: "right" | undefined): string {
  const space = " ".repeat(Math.max(0, width - widthOf(cell)));
  return align === "right" ? space + cell : cell + space;
}
