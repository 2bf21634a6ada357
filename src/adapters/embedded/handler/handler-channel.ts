import type { PaymentEvent } from "../../../domain/payment-event.ts";
import type { Transaction } from "../../../domain/transaction.ts";
import type { HandlerLog } from "../../../ports/on-event.ts";

/**
 * What the inbox and a handler's process say to each other: one JSON object per line over a pipe of their own. Node's
 * built-in channel is not used because a child that writes anything but its format into it crashes the parent.
 */
export const CHANNEL_FD = 3;

export type LogLevel = keyof HandlerLog;

export interface CallMessage {
  readonly kind: "call";
  readonly id: number;
  readonly event: PaymentEvent;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly transaction?: Transaction;
  /** From the moment the call starts. */
  readonly timeoutMs: number;
}

/** To the handler's process. `load` asks whether the module could be imported; `abort` ends the signal of the call that runs. */
export type ToHandler = CallMessage | { readonly kind: "load"; readonly id: number } | { readonly kind: "abort" };

/** From the handler's process. */
export type FromHandler =
  /** The module is imported and its function is about to be called; the time limit starts. */
  | { readonly kind: "started"; readonly id: number }
  | { readonly kind: "done"; readonly id: number }
  | { readonly kind: "failed"; readonly id: number; readonly error: string; readonly permanent: boolean }
  | { readonly kind: "log"; readonly level: LogLevel; readonly eventId: string; readonly message: string }
  /** The process is no longer clean and wants to be replaced after the call that runs. */
  | { readonly kind: "retire"; readonly why: string };

/** Reads one line from a handler's process. Null when it is not one of ours. */
export function readFromHandler(line: string): FromHandler | null {
  let message: Partial<Record<string, unknown>> | null;
  try {
    message = JSON.parse(line) as Partial<Record<string, unknown>> | null;
  } catch {
    return null;
  }
  switch (message?.kind) {
    case "started":
    case "done":
      return typeof message.id === "number" ? { kind: message.kind, id: message.id } : null;
    case "failed":
      return typeof message.id === "number" && typeof message.error === "string"
        ? { kind: "failed", id: message.id, error: message.error, permanent: message.permanent === true }
        : null;
    case "log":
      return isLevel(message.level) && typeof message.message === "string" && typeof message.eventId === "string"
        ? { kind: "log", level: message.level, eventId: message.eventId, message: message.message }
        : null;
    case "retire":
      return typeof message.why === "string" ? { kind: "retire", why: message.why } : null;
    default:
      return null;
  }
}

function isLevel(value: unknown): value is LogLevel {
  return value === "info" || value === "warn" || value === "error";
}
