import { note, type OutputMode } from "./output.ts";

const EVERY_MS = 2000;

/** Says on stderr how far a long command is, every two seconds; the first time after two. */
export function openProgress(mode: OutputMode): (line: () => string) => void {
  let next = Date.now() + EVERY_MS;
  return (line) => {
    const now = Date.now();
    if (now < next) return;
    next = now + EVERY_MS;
    note(mode, line());
  };
}
