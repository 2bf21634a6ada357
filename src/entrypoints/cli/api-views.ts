import { exponentOf, formatMajor } from "../../domain/money.ts";
import type { Column } from "./table.ts";

/** What the admin API says of an event, as far as the command line shows it. */
export interface EventView {
  readonly eventId: string;
  readonly source: string;
  readonly provider: string;
  readonly providerEventId: string;
  readonly type: string;
  readonly kind: string;
  readonly transactionId: string | null;
  readonly status: string;
  readonly receivedAt: string;
  readonly occurredAt: string | null;
  readonly processedAt: string | null;
  readonly attempts: readonly AttemptView[];
  readonly copies: number;
  readonly bodySha256: string;
  readonly bodyBytes: number;
  readonly reason?: string | null;
  readonly payload?: unknown;
}

interface AttemptView {
  readonly n: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly outcome: string | null;
  readonly error: string | null;
}

export interface TransactionView {
  readonly transactionId: string;
  readonly provider: string;
  readonly status: string;
  readonly amountMinor: string | null;
  readonly refundedMinor: string | null;
  readonly currency: string | null;
  readonly updatedAt: string;
  readonly lastEventAt: string | null;
  readonly history?: readonly HistoryView[];
}

export interface HistoryView {
  readonly eventId: string;
  readonly type: string;
  readonly occurredAt: string | null;
  readonly appliedAt: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly effect: string;
}

export interface AuditView {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: string;
}

export interface DestinationView {
  readonly name: string;
  readonly url: string;
  readonly pending: number;
  readonly oldestPendingAt: string | null;
  readonly paused: boolean;
  readonly circuit: string;
  readonly lastDeliveredAt: string | null;
  readonly lastError: string | null;
  readonly abandoned: number;
}

export const EVENT_COLUMNS: readonly Column<EventView>[] = [
  { title: "RECEIVED", cell: (event) => event.receivedAt },
  { title: "EVENT", cell: (event) => event.eventId },
  { title: "TYPE", cell: (event) => event.type },
  { title: "STATUS", cell: (event) => event.status },
  { title: "COPIES", cell: (event) => String(event.copies), align: "right" },
  { title: "TRANSACTION", cell: (event) => event.transactionId, cut: true },
];

export const DEAD_LETTER_COLUMNS: readonly Column<EventView>[] = [
  { title: "RECEIVED", cell: (event) => event.receivedAt },
  { title: "EVENT", cell: (event) => event.eventId },
  { title: "TYPE", cell: (event) => event.type },
  { title: "ATTEMPTS", cell: (event) => String(event.attempts.length), align: "right" },
  { title: "ERROR", cell: (event) => event.attempts.at(-1)?.error ?? event.reason ?? null, cut: true },
];

export const TRANSACTION_COLUMNS: readonly Column<TransactionView>[] = [
  { title: "UPDATED", cell: (transaction) => transaction.updatedAt },
  { title: "TRANSACTION", cell: (transaction) => transaction.transactionId },
  { title: "STATUS", cell: (transaction) => transaction.status },
  { title: "AMOUNT", cell: ({ amountMinor, currency }) => money(amountMinor, currency), align: "right" },
  { title: "REFUNDED", cell: ({ refundedMinor, currency }) => money(refundedMinor, currency), align: "right" },
];

export const HISTORY_COLUMNS: readonly Column<HistoryView>[] = [
  { title: "APPLIED", cell: (entry) => entry.appliedAt },
  { title: "EVENT", cell: (entry) => entry.eventId },
  { title: "TYPE", cell: (entry) => entry.type },
  { title: "FROM", cell: (entry) => entry.from },
  { title: "TO", cell: (entry) => entry.to },
  { title: "EFFECT", cell: (entry) => entry.effect },
];

export const AUDIT_COLUMNS: readonly Column<AuditView>[] = [
  { title: "SEQ", cell: (record) => String(record.seq), align: "right" },
  { title: "AT", cell: (record) => record.at },
  { title: "ACTOR", cell: (record) => record.actor },
  { title: "ACTION", cell: (record) => record.action },
  { title: "TARGET", cell: (record) => record.target },
  { title: "OUTCOME", cell: (record) => record.outcome, cut: true },
];

export const DESTINATION_COLUMNS: readonly Column<DestinationView>[] = [
  { title: "NAME", cell: (destination) => destination.name },
  { title: "STATE", cell: ({ paused, circuit }) => (paused ? "paused" : circuit) },
  { title: "PENDING", cell: ({ pending }) => String(pending), align: "right" },
  { title: "OLDEST", cell: ({ oldestPendingAt }) => oldestPendingAt },
  { title: "DELIVERED", cell: ({ lastDeliveredAt }) => lastDeliveredAt },
  { title: "ABANDONED", cell: ({ abandoned }) => String(abandoned), align: "right" },
  { title: "URL", cell: ({ url }) => url, cut: true },
  { title: "LAST ERROR", cell: ({ lastError }) => lastError, cut: true },
];

type Field = readonly [name: string, value: string | null];

export function eventFields(event: EventView): readonly Field[] {
  return [
    ["event", event.eventId],
    ["type", event.type],
    ["status", event.status],
    ...(event.reason ? [["reason", event.reason] as const] : []),
    ["transaction", event.transactionId],
    ["provider", event.provider],
    ["received", event.receivedAt],
    ["occurred", event.occurredAt],
    ["processed", event.processedAt],
    ["copies", String(event.copies)],
    ["body", `${event.bodyBytes} bytes, sha256 ${event.bodySha256}`],
    ...event.attempts.map((attempt): Field => [`attempt ${attempt.n}`, describeAttempt(attempt)]),
  ];
}

export function transactionFields(transaction: TransactionView): readonly Field[] {
  const { currency } = transaction;
  return [
    ["transaction", transaction.transactionId],
    ["status", transaction.status],
    ["amount", money(transaction.amountMinor, currency)],
    ["refunded", money(transaction.refundedMinor, currency)],
    ["provider", transaction.provider],
    ["updated", transaction.updatedAt],
    ["last event", transaction.lastEventAt],
  ];
}

function describeAttempt({ startedAt, outcome, error }: AttemptView): string {
  return `${startedAt} ${outcome ?? "running"}${error === null ? "" : `: ${error}`}`;
}

/** Major units with the currency; minor units as they are where the currency is not known. */
function money(minor: string | null, currency: string | null): string | null {
  if (minor === null || !/^-?\d+$/.test(minor)) return minor;
  if (currency === null) return `${minor} minor units`;
  return `${exponentOf(currency) === 0 ? minor : formatMajor(BigInt(minor), currency)} ${currency}`;
}
