/** Replaces `[start, end)` of a text. `start === end` inserts. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What stands where something was removed altogether. */
export const REMOVED = "[redacted]";

/** The text with every edit made. Edits may come in any order and overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let done = 0;
  for (const edit of settle(edits)) {
    result += text.slice(done, edit.start) + edit.text;
    done = edit.end;
  }
  return result + text.slice(done);
}

/**
 * In order and without overlaps: of two edits the one that covers the other stands; two that only touch each other
 * partly become one removal.
 */
export function settle(edits: readonly Edit[]): readonly Edit[] {
  const settled: Edit[] = [];
  for (const edit of edits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = settled.at(-1);
    if (last === undefined || edit.start >= last.end) settled.push(edit);
    else if (edit.end > last.end) settled[settled.length - 1] = { start: last.start, end: edit.end, text: REMOVED };
  }
  return settled;
}
