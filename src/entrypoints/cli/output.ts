import { oneLine } from "./json-text.ts";
import { type Column, tableLines } from "./table.ts";
import { jsonLine } from "./terminal-text.ts";

/** What of the global flags decides how a command speaks. */
export interface OutputMode {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** One line of data on stdout. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  print(jsonLine(value));
}

/** An item of the API as a value, and as the text in which every digit is as it was. */
export interface Item<T> {
  readonly value: T;
  readonly text: string;
}

/** A list: NDJSON with `--json`, else a table, cut to the width of the terminal when there is one. */
export function printList<T>(mode: OutputMode, columns: readonly Column<T>[], items: readonly Item<T>[]): void {
  if (mode.json) for (const { text } of items) print(oneLine(text));
  else if (items.length === 0) note(mode, "nothing found");
  else
    printTable(
      columns,
      items.map(({ value }) => value),
    );
}

export function printTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
  const terminal = process.stdout.isTTY ? process.stdout.columns : undefined;
  for (const line of tableLines(columns, rows, terminal)) print(line);
}

/** Something for the person who reads along, on stderr; silent with `--quiet` and with `--json`. */
export function note(mode: OutputMode, line: string): void {
  if (!mode.quiet && !mode.json) process.stderr.write(`${line}\n`);
}
