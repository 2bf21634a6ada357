import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Attempt } from "../../../domain/event-state.ts";

/**
 * Attempts are kept as a journal to which starts and ends are appended: neither needs to know what is there already.
 * `s` and `e` are epoch milliseconds, `x` is the error of an attempt that failed.
 */
export function started(at: number): AttributeValue {
  return { L: [{ M: { s: { N: String(at) } } }] };
}

export function succeeded(at: number): AttributeValue {
  return { L: [{ M: { e: { N: String(at) } } }] };
}

export function failed(at: number, error: string): AttributeValue {
  return { L: [{ M: { e: { N: String(at) }, x: { S: error } } }] };
}

/** Appends what `value` names to the journal. */
export function appended(value: string): string {
  return `list_append(if_not_exists(#attempts, :none), ${value})`;
}

export const NO_ATTEMPTS: AttributeValue = { L: [] };

/**
 * The attempts that a journal tells of. One that never ended was interrupted, except for the last one of an event that
 * waits: it may run. An end without a start is a repeated write.
 */
export function readAttempts(journal: AttributeValue | undefined, waiting: boolean): Attempt[] {
  const attempts: Attempt[] = [];
  for (const { M: entry = {} } of journal?.L ?? []) {
    const open = attempts.at(-1);
    if (entry.s !== undefined) {
      if (open !== undefined && open.outcome === null) attempts.splice(-1, 1, { ...open, outcome: "interrupted" });
      attempts.push({ n: attempts.length + 1, startedAt: time(entry.s), endedAt: null, outcome: null, error: null });
    } else if (open !== undefined && open.outcome === null) {
      const error = entry.x?.S ?? null;
      const outcome = error === null ? "succeeded" : "failed";
      attempts.splice(-1, 1, { ...open, endedAt: time(entry.e), outcome, error });
    }
  }
  const last = attempts.at(-1);
  if (last?.outcome === null && !waiting) attempts.splice(-1, 1, { ...last, outcome: "interrupted" });
  return attempts;
}

function time(value: AttributeValue | undefined): string {
  return new Date(Number(value?.N)).toISOString();
}
