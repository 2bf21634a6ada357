import type { PlannedEvent, PlannedPayment } from "./plan-payments.ts";

/** What was sent, as the sender saw it. */
export interface Sent {
  readonly events: ReadonlyMap<string, SentEvent>;
  /** By transaction id. */
  readonly payments: ReadonlyMap<string, PlannedPayment>;
  /** By id: events that must not be there. */
  readonly forged: ReadonlyMap<string, Pick<SentEvent, "acknowledged">>;
}

export interface SentEvent extends PlannedEvent {
  /** Copies that were answered 200. */
  readonly acknowledged: number;
  /** Copies that went out; some may have come in without an answer. */
  readonly sent: number;
}

/** What the inbox says it has. */
export interface Found {
  readonly events: readonly FoundEvent[];
  readonly transactions: readonly FoundTransaction[];
  readonly audit: readonly { readonly action: string; readonly target: string }[];
}

export interface FoundEvent {
  readonly eventId: string;
  readonly transactionId: string | null;
  readonly type: string;
  readonly status: string;
  readonly amountMinor: string | null;
  readonly currency: string | null;
  readonly copies: number;
}

export interface FoundTransaction {
  readonly transactionId: string;
  readonly status: string;
  readonly amountMinor: string | null;
  readonly refundedMinor: string | null;
  readonly currency: string | null;
  readonly history: readonly { readonly eventId: string }[];
}

export interface Discrepancy {
  readonly kind:
    | "lost"
    | "doubled"
    | "forged_in"
    /** There, but never sent. */
    | "unknown"
    /** There, but not as it was sent. */
    | "wrong_event"
    | "wrong_state"
    /** The sender gave up, so nothing was promised and nothing is proved. */
    | "not_acknowledged";
  /** Of the event, or of the transaction. */
  readonly id: string;
  readonly detail: string;
}

/** Compares event by event and transaction by transaction. Empty when everything is as it has to be. */
export function compare(sent: Sent, found: Found): readonly Discrepancy[] {
  return [...compareEvents(sent, found), ...compareTransactions(sent, found), ...compareReceipts(sent, found)];
}

function* compareEvents({ events, forged }: Sent, found: Found): Generator<Discrepancy> {
  const byId = groupBy(found.events, ({ eventId }) => eventId);
  for (const [id, event] of events) {
    const [first, ...more] = byId.get(id) ?? [];
    if (event.acknowledged === 0) yield { kind: "not_acknowledged", id, detail: `sent ${event.sent} times` };
    else if (first === undefined) yield { kind: "lost", id, detail: "acknowledged, and not there" };
    else yield* compareEvent(event, first);
    if (more.length > 0) yield { kind: "doubled", id, detail: `there ${more.length + 1} times` };
  }
  for (const [id, { acknowledged }] of forged) {
    if (acknowledged > 0) yield { kind: "forged_in", id, detail: "a forged delivery was answered 200" };
  }
  for (const id of byId.keys()) {
    if (forged.has(id)) yield { kind: "forged_in", id, detail: "a forged event is there" };
    else if (!events.has(id)) yield { kind: "unknown", id, detail: "an event that nobody sent is there" };
  }
}

function* compareEvent(sent: SentEvent, found: FoundEvent): Generator<Discrepancy> {
  const { eventId: id } = sent;
  const wanted = { ...pick(sent, EVENT_FIELDS), status: "processed" };
  for (const detail of differences(wanted, found)) yield { kind: "wrong_event", id, detail };
  if (found.copies >= sent.acknowledged && found.copies <= sent.sent) return;
  const counted = `${found.copies} copies counted`;
  yield { kind: "wrong_event", id, detail: `${counted}, ${sent.acknowledged} acknowledged of ${sent.sent} sent` };
}

function* compareTransactions({ payments, events, forged }: Sent, found: Found): Generator<Discrepancy> {
  const byId = groupBy(found.transactions, ({ transactionId }) => transactionId);
  for (const [id, payment] of payments) {
    const [transaction, ...more] = byId.get(id) ?? [];
    if (more.length > 0) yield { kind: "doubled", id, detail: `there ${more.length + 1} times` };
    if (transaction === undefined) {
      yield { kind: "lost", id, detail: "the transaction is not there" };
      continue;
    }
    for (const detail of differences(pick(payment, PAYMENT_FIELDS), transaction)) {
      yield { kind: "wrong_state", id, detail };
    }
    yield* compareHistory(payment, transaction);
  }
  for (const { transactionId: id, history } of found.transactions) {
    if (!payments.has(id)) yield { kind: "unknown", id, detail: "a transaction that nobody sent is there" };
    for (const { eventId } of history) {
      if (forged.has(eventId)) yield { kind: "forged_in", id: eventId, detail: `applied to ${id}` };
      else if (!events.has(eventId)) yield { kind: "unknown", id: eventId, detail: `applied to ${id}` };
    }
  }
}

function* compareHistory({ eventIds }: PlannedPayment, { history }: FoundTransaction): Generator<Discrepancy> {
  const times = countBy(history.map(({ eventId }) => eventId));
  for (const id of eventIds) {
    const count = times.get(id) ?? 0;
    if (count === 0) yield { kind: "lost", id, detail: "not in its transaction's history" };
    if (count > 1) yield { kind: "doubled", id, detail: `applied ${count} times` };
  }
}

/** The audit has to tell of one receipt of each event. */
function* compareReceipts({ events, forged }: Sent, { audit }: Found): Generator<Discrepancy> {
  const receipts = audit.filter(({ action }) => action === "event.received");
  const times = countBy(receipts.map(({ target }) => target));
  for (const [id, { acknowledged }] of events) {
    const count = times.get(id) ?? 0;
    if (count === 0 && acknowledged > 0) yield { kind: "lost", id, detail: "its receipt is not in the audit" };
    if (count > 1) yield { kind: "doubled", id, detail: `received ${count} times, says the audit` };
  }
  for (const id of times.keys()) {
    if (forged.has(id)) yield { kind: "forged_in", id, detail: "the audit tells of its receipt" };
  }
}

const EVENT_FIELDS = ["transactionId", "type", "amountMinor", "currency"] as const;
const PAYMENT_FIELDS = ["status", "amountMinor", "refundedMinor", "currency"] as const;

function pick<T extends object, K extends keyof T & string>(from: T, names: readonly K[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, from[name]]));
}

function differences(wanted: Readonly<Record<string, unknown>>, found: object): string[] {
  const shown = found as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).flatMap(([name, value]) =>
    shown[name] === value ? [] : [`${name} is ${String(shown[name])}, not ${String(value)}`],
  );
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function countBy(ids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
