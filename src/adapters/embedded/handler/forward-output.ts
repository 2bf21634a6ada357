import type { Readable } from "node:stream";
import { oneLine } from "../../../domain/one-line.ts";
import { splitLines } from "./split-lines.ts";

const MAX_LINE = 1000;
const LINES_PER_SECOND = 50;
const BYTES_PER_SECOND = 1024 * 1024;

/**
 * Hands the lines that a child process prints to `write`: at most 1,000 characters of a line and 50 lines a second, the
 * rest is counted. A child that prints more than 1 MiB a second waits, as it would on a full pipe.
 */
export function forwardOutput(output: Readable, write: (line: string) => void): void {
  let lines = 0;
  let bytes = 0;
  let dropped = 0;
  let window: NodeJS.Timeout | undefined;
  const splitter = splitLines(MAX_LINE * 4, (line) => {
    const text = oneLine(line, MAX_LINE);
    if (text === "") return;
    if (++lines <= LINES_PER_SECOND) write(text);
    else dropped++;
  });
  const nextWindow = (): void => {
    if (dropped > 0) write(`${dropped} more lines are not shown`);
    lines = bytes = dropped = 0;
    window = undefined;
    output.resume();
  };
  output.on("data", (chunk: Buffer) => {
    window ??= setTimeout(nextWindow, 1000).unref();
    bytes += chunk.length;
    if (bytes > BYTES_PER_SECOND) output.pause();
    splitter.push(chunk);
  });
  output.on("error", () => {});
  output.on("close", () => {
    clearTimeout(window);
    splitter.end();
    nextWindow();
  });
}
