import type { OnEvent } from "./ports/on-event.ts";

export type { Announcement } from "./domain/announcement.ts";
export type { EventKind, EventType, PaymentEvent, PaymentEventType, QuarantineReason } from "./domain/payment-event.ts";
export type { Effect, Transaction, TransactionStatus } from "./domain/transaction.ts";
export type { Alert, AlertKind } from "./ports/alerts.ts";
export type { HandlerContext, HandlerLog, OnEvent } from "./ports/on-event.ts";

/**
 * Gives a handler its types and returns it as it is: `export const onEvent = defineHandler(async (event, ctx) => …)`.
 */
export function defineHandler(onEvent: OnEvent): OnEvent {
  return onEvent;
}

/** Thrown by a handler when another try cannot help: the event is dead at once. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
  readonly permanent = true;
}
