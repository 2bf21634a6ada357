import { format } from "node:util";
import { oneLine } from "../../../domain/one-line.ts";
import type { HandlerCall } from "../../../ports/handler.ts";
import type { Log } from "../../../ports/log.ts";
import type { HandlerContext } from "../../../ports/on-event.ts";

const MAX_LINE = 2000;
const MAX_LINES = 200;

/** What the user's function gets beside the event, frozen. Long or many log lines are cut. */
export function contextOf(call: HandlerCall, signal: AbortSignal, log: Log): HandlerContext {
  const { eventId } = call.event;
  let lines = 0;
  const write =
    (level: "info" | "warn" | "error") =>
    (...parts: readonly unknown[]): void => {
      if (++lines > MAX_LINES) return;
      const text = lines === MAX_LINES ? "further log lines of this call are not shown" : formatted(parts);
      log[level]({ eventId }, oneLine(text, MAX_LINE));
    };
  return Object.freeze({
    attempt: call.attempt,
    eventId,
    idempotencyKey: call.idempotencyKey,
    transaction: deepFreeze(structuredClone(call.transaction)),
    signal,
    log: Object.freeze({ info: write("info"), warn: write("warn"), error: write("error") }),
  });
}

/** Freezes a value and everything in it, and gives it back. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}

function formatted(parts: readonly unknown[]): string {
  try {
    return format(...parts);
  } catch {
    return "(a log line that cannot be formatted)";
  }
}
