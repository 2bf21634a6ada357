import type { PaymentEventType } from "../../../domain/payment-event.ts";
import type { TransactionStatus } from "../../../domain/transaction.ts";

/** What happens to one payment, and how it must stand in the end, written down side by side. */
export interface PaymentLife {
  /** In the order in which they happen. */
  readonly steps: readonly LifeStep[];
  readonly status: TransactionStatus;
  readonly refundedMinor: bigint;
}

export interface LifeStep {
  readonly type: PaymentEventType;
  /** Of the payment, or of this refund or dispute. */
  readonly amountMinor: bigint;
  /** Which of the payment's refunds, from 1. */
  readonly refund?: number;
  readonly dispute?: number;
}

/** The life of a payment of `amountMinor` (at least 100) as one provider tells it. */
export type WriteLife = (amountMinor: bigint) => PaymentLife;

/** The lives that each provider can tell, the usual ones more often. */
export const LIVES: Readonly<Record<DemoProvider, readonly [WriteLife, ...WriteLife[]]>> = {
  stripe: livesOf({ opening: ["payment.pending", "payment.authorized"], refund: "told_twice" }),
  // An authorisation of PayPal is a payment of its own, so a capture begins as pending.
  paypal: livesOf({ opening: ["payment.pending"], refund: "told_twice" }),
  square: livesOf({ opening: ["payment.authorized"], refund: "told_twice" }),
  adyen: livesOf({ opening: ["payment.authorized"], refund: "told_once" }),
  generic: livesOf({ opening: ["payment.pending", "payment.processing", "payment.authorized"], refund: "told_twice" }),
};

export type DemoProvider = "stripe" | "paypal" | "square" | "adyen" | "generic";

/** A payment that is told in one event, to fill up a number of events. */
export const ONE_EVENT_LIFE: WriteLife = (amountMinor) => ({
  steps: [{ type: "payment.succeeded", amountMinor }],
  status: "succeeded",
  refundedMinor: 0n,
});

interface Manner {
  /** What comes before a payment succeeds. */
  readonly opening: readonly PaymentEventType[];
  /** Whether a refund is told as pending before it is told as done. */
  readonly refund: "told_twice" | "told_once";
}

function livesOf({ opening, refund: manner }: Manner): readonly [WriteLife, ...WriteLife[]] {
  const told = (amountMinor: bigint, ...types: PaymentEventType[]): LifeStep[] =>
    types.map((type) => ({ type, amountMinor }));
  const paid = (amount: bigint) => told(amount, ...opening, "payment.succeeded");
  const refund = (number: number, amountMinor: bigint, end: PaymentEventType = "refund.succeeded"): LifeStep[] => {
    const types: PaymentEventType[] = manner === "told_twice" ? ["refund.pending", end] : [end];
    return types.map((type) => ({ type, amountMinor, refund: number }));
  };
  const dispute = (amountMinor: bigint, ...types: PaymentEventType[]): LifeStep[] =>
    types.map((type) => ({ type, amountMinor, dispute: 1 }));
  const ending = (status: TransactionStatus, refundedMinor = 0n) => ({ status, refundedMinor });

  const usual: WriteLife = (amount) => ({ steps: paid(amount), ...ending("succeeded") });
  // The first card is refused, the second is not. Where a payment begins with its authorisation that is a new payment.
  const secondTry: WriteLife = (amount) => ({
    steps: told(amount, ...opening.slice(0, 1), "payment.failed", ...opening.slice(1), "payment.succeeded"),
    ...ending("succeeded"),
  });
  const refused: WriteLife = (amount) => ({
    steps: told(amount, ...opening.slice(0, 1).filter((type) => type === "payment.pending"), "payment.failed"),
    ...ending("failed"),
  });
  return [
    usual,
    usual,
    usual,
    ...(opening.length > 1 ? [secondTry] : []),
    refused,
    (amount) => ({ steps: told(amount, "payment.authorized", "payment.canceled"), ...ending("canceled") }),
    (amount) => ({
      steps: [...paid(amount), ...refund(1, amount / 3n), ...refund(2, amount / 4n)],
      ...ending("partially_refunded", amount / 3n + amount / 4n),
    }),
    (amount) => ({
      steps: [...paid(amount), ...refund(1, amount / 3n), ...refund(2, amount - amount / 3n)],
      ...ending("refunded", amount),
    }),
    (amount) => ({ steps: [...paid(amount), ...refund(1, amount / 2n, "refund.failed")], ...ending("succeeded") }),
    (amount) => ({ steps: [...paid(amount), ...dispute(amount, "dispute.opened")], ...ending("disputed") }),
    (amount) => ({
      steps: [...paid(amount), ...dispute(amount, "dispute.opened", "dispute.won")],
      ...ending("succeeded"),
    }),
    (amount) => ({
      steps: [...paid(amount), ...refund(1, amount / 5n), ...dispute(amount, "dispute.opened", "dispute.lost")],
      ...ending("charged_back", amount / 5n),
    }),
  ];
}
