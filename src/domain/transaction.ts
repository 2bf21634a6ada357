import type { PaymentEvent, PaymentEventType, QuarantineReason } from "./payment-event.ts";

/**
 * A transaction is a join over the events of one payment: any order and any number of repetitions of the same events
 * gives the same transaction, for ever, without markers that expire. Safe to carry as JSON.
 *
 * How: the payment, each refund and each dispute is a subject that keeps the greatest claim made about it, under one
 * total order (`compareClaims`). Maxima do not care in which order, or how often, they are taken.
 */
export interface Transaction {
  readonly transactionId: string;
  readonly provider: string;
  /** ISO 4217, upper case. Set by the first event that names one; it never changes. */
  readonly currency: string | null;
  readonly payment: Subject | null;
  readonly refunds: Readonly<Record<string, Subject>>;
  readonly disputes: Readonly<Record<string, Subject>>;
  /** Greatest cumulative refund total that the provider reported without naming the refund, minor units. */
  readonly refundTotalMinor: string | null;
  /** Latest `occurredAt` of any applied event. */
  readonly lastEventAt: string | null;
}

/** What is known of one payment, refund or dispute. */
interface Subject {
  readonly latest: Claim;
  /** The greatest claim that bore an amount; not every event does. */
  readonly amount: (Claim & { readonly minor: string }) | null;
}

interface Claim {
  readonly type: PaymentEventType;
  readonly occurredAt: string | null;
  readonly eventId: string;
}

export type TransactionStatus =
  | "unknown"
  | "pending"
  | "processing"
  | "authorized"
  | "succeeded"
  | "failed"
  | "canceled"
  | "expired"
  | "partially_refunded"
  | "refunded"
  | "disputed"
  | "charged_back";

/** `applied`: it is now part of the state. `stale`: something newer already stood. `none`: nothing to apply. */
export type Effect = "applied" | "stale" | "none";

export type Application =
  | {
      readonly kind: "settled";
      readonly effect: Effect;
      /** Undefined when the event belongs to no payment and none existed. */
      readonly transaction: Transaction | undefined;
      readonly from: TransactionStatus | null;
      readonly to: TransactionStatus | null;
    }
  | { readonly kind: "quarantined"; readonly reason: QuarantineReason };

/** Applies one event. Pure; `transaction` is the state so far, or undefined when this is the payment's first event. */
export function apply(transaction: Transaction | undefined, event: PaymentEvent): Application {
  if (event.quarantine !== undefined) return { kind: "quarantined", reason: event.quarantine };
  const from = transaction === undefined ? null : statusOf(transaction);
  if (event.type === "other" || event.transactionId === null) {
    return { kind: "settled", effect: "none", transaction, from, to: from };
  }
  const before = transaction ?? emptyTransaction(event.transactionId, event.provider);
  if (event.currency !== null && before.currency !== null && event.currency !== before.currency) {
    return { kind: "quarantined", reason: "currency_changed" };
  }
  const joined = join(before, event, event.type);
  const after: Transaction = {
    ...joined,
    currency: before.currency ?? event.currency,
    lastEventAt: later(before.lastEventAt, event.occurredAt),
  };
  const effect = joined !== before ? "applied" : isRepetition(before, event) ? "none" : "stale";
  return { kind: "settled", effect, transaction: after, from, to: statusOf(after) };
}

/** The status a person is shown, derived from everything known. */
export function statusOf(transaction: Transaction): TransactionStatus {
  const disputes = Object.values(transaction.disputes).map((dispute) => dispute.latest.type);
  if (disputes.includes("dispute.lost")) return "charged_back";
  if (disputes.includes("dispute.opened")) return "disputed";
  const refunded = refundedMinor(transaction);
  if (refunded > 0n) {
    const amount = amountMinor(transaction);
    return amount !== null && refunded >= amount ? "refunded" : "partially_refunded";
  }
  return transaction.payment === null
    ? "unknown"
    : (transaction.payment.latest.type.slice("payment.".length) as TransactionStatus);
}

/** The payment's amount in minor units, or null while no event named it. */
export function amountMinor(transaction: Transaction): bigint | null {
  const amount = transaction.payment?.amount ?? null;
  return amount === null ? null : BigInt(amount.minor);
}

/**
 * What was paid back, minor units: the succeeded refunds, or the provider's own total when that knows of more.
 * A total was true when it was said; refunds that failed since no longer count in it.
 */
export function refundedMinor(transaction: Transaction): bigint {
  const succeeded = sumOf(transaction.refunds, "refund.succeeded");
  if (transaction.refundTotalMinor === null) return succeeded;
  const total = BigInt(transaction.refundTotalMinor) - sumOf(transaction.refunds, "refund.failed");
  return total > succeeded ? total : succeeded;
}

function emptyTransaction(transactionId: string, provider: string): Transaction {
  return {
    transactionId,
    provider,
    currency: null,
    payment: null,
    refunds: {},
    disputes: {},
    refundTotalMinor: null,
    lastEventAt: null,
  };
}

/** The same object when the event changes nothing. */
function join(transaction: Transaction, event: PaymentEvent, type: PaymentEventType): Transaction {
  switch (event.kind) {
    case "payment": {
      const payment = raise(transaction.payment ?? undefined, event, type);
      return payment === transaction.payment ? transaction : { ...transaction, payment };
    }
    case "refund":
      return event.refundId === undefined
        ? raiseRefundTotal(transaction, event)
        : raiseIn(transaction, "refunds", event.refundId, event, type);
    case "dispute":
      // Without an id of its own a payment has one dispute.
      return raiseIn(transaction, "disputes", event.disputeId ?? "", event, type);
    default:
      return transaction;
  }
}

function raiseIn(
  transaction: Transaction,
  map: "refunds" | "disputes",
  id: string,
  event: PaymentEvent,
  type: PaymentEventType,
): Transaction {
  const subjects = transaction[map];
  const known = Object.hasOwn(subjects, id) ? subjects[id] : undefined;
  const subject = raise(known, event, type);
  if (subject === known) return transaction;
  // A key such as `__proto__` must become a property like any other.
  const entries = Object.entries(subjects).filter(([key]) => key !== id);
  return { ...transaction, [map]: Object.fromEntries([...entries, [id, subject]]) };
}

function raiseRefundTotal(transaction: Transaction, event: PaymentEvent): Transaction {
  if (event.type !== "refund.succeeded" || event.amountMinor === null) return transaction;
  const known = transaction.refundTotalMinor;
  if (known !== null && BigInt(known) >= BigInt(event.amountMinor)) return transaction;
  return { ...transaction, refundTotalMinor: event.amountMinor };
}

function raise(subject: Subject | undefined, event: PaymentEvent, type: PaymentEventType): Subject {
  const claim: Claim = { type, occurredAt: event.occurredAt, eventId: event.eventId };
  const latest = subject === undefined || compareClaims(claim, subject.latest) > 0 ? claim : subject.latest;
  const known = subject?.amount ?? null;
  const amount =
    event.amountMinor !== null && (known === null || compareClaims(claim, known) > 0)
      ? { ...claim, minor: event.amountMinor }
      : known;
  return subject !== undefined && latest === subject.latest && amount === known ? subject : { latest, amount };
}

/**
 * Class first, so that a late older event cannot regress a newer one; then the provider's time; then, inside one
 * instant (Stripe's clock has whole seconds), the further step; then the id, so that ties always fall the same way.
 */
function compareClaims(a: Claim, b: Claim): number {
  const x = ORDER[a.type];
  const y = ORDER[b.type];
  return (
    x.class - y.class ||
    compareText(a.occurredAt ?? "", b.occurredAt ?? "") ||
    x.rank - y.rank ||
    compareText(a.eventId, b.eventId)
  );
}

// A failed payment is open: providers let the customer try again. A refund or dispute may still change hands after it
// was settled (a bank returns a refund, an arbitration turns a dispute), so there the provider's time decides.
const ORDER: Readonly<Record<PaymentEventType, { readonly class: number; readonly rank: number }>> = {
  "payment.pending": { class: 0, rank: 0 },
  "payment.processing": { class: 0, rank: 1 },
  "payment.authorized": { class: 0, rank: 2 },
  "payment.failed": { class: 0, rank: 3 },
  "payment.expired": { class: 1, rank: 0 },
  "payment.canceled": { class: 1, rank: 1 },
  "payment.succeeded": { class: 2, rank: 0 },
  "refund.pending": { class: 0, rank: 0 },
  "refund.succeeded": { class: 1, rank: 0 },
  "refund.failed": { class: 1, rank: 1 },
  "dispute.opened": { class: 0, rank: 0 },
  "dispute.won": { class: 1, rank: 0 },
  "dispute.lost": { class: 1, rank: 1 },
};

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function later(a: string | null, b: string | null): string | null {
  return compareText(a ?? "", b ?? "") >= 0 ? a : b;
}

function isRepetition(transaction: Transaction, event: PaymentEvent): boolean {
  if (event.kind === "refund" && event.refundId === undefined)
    return transaction.refundTotalMinor === event.amountMinor;
  const subjects = [transaction.payment, ...Object.values(transaction.refunds), ...Object.values(transaction.disputes)];
  return subjects.some((subject) => subject?.latest.eventId === event.eventId);
}

function sumOf(refunds: Transaction["refunds"], type: PaymentEventType): bigint {
  return Object.values(refunds).reduce(
    (sum, refund) => (refund.latest.type === type ? sum + BigInt(refund.amount?.minor ?? 0) : sum),
    0n,
  );
}
