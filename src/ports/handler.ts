import type { PaymentEvent } from "../domain/payment-event.ts";
import type { Transaction } from "../domain/transaction.ts";

export interface HandlerCall {
  readonly event: PaymentEvent;
  readonly attempt: number;
  /** The same for every try at this event, replays included. */
  readonly idempotencyKey: string;
  readonly transaction: Transaction | undefined;
}

export type HandlerResult =
  | { readonly kind: "done" }
  /** `permanent`: another try cannot help. */
  | { readonly kind: "failed"; readonly error: string; readonly permanent: boolean };

/** The user's code. Never throws: whatever the code does, an answer comes within the time limit. */
export interface Handler {
  run(call: HandlerCall): Promise<HandlerResult>;
}
