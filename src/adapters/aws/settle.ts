import { announce } from "../../domain/announcement.ts";
import { StoreError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Ledger, Settled, SettledNow, Settlement } from "../../ports/ledger.ts";
import type { EventItems } from "./dynamodb/event-items.ts";
import type { Applied, LedgerItems } from "./dynamodb/ledger-items.ts";
import type { ResultsAnnouncer } from "./sns/results-announcer.ts";

export interface LedgerParts {
  readonly ledgerItems: LedgerItems;
  readonly events: Pick<EventItems, "read" | "markSettled">;
  readonly announcer: ResultsAnnouncer;
  readonly clock: Clock;
}

/**
 * The ledger over two tables and a topic. Each event goes through three steps, and a crash between two of them is
 * repaired by its redelivery, because the ledger remembers what it has applied:
 *
 *     ledger write (once per event) -> announcement (at least once, the same each time) -> mark (the event waits no more)
 *
 * The topic is told of every event that was applied, whatever `Settlement.destinations` says: its subscribers filter.
 *
 * `settle` takes different payments in parallel and the events of one in their order; where one cannot be settled the
 * later ones of that payment are left alone. It rejects once all payments are at their end. A fault of our own is thrown
 * rather than a `StoreError`: that one would go away by itself.
 */
export function openLedger(parts: LedgerParts): Ledger {
  const { ledgerItems, events, announcer, clock } = parts;

  return {
    async settle(settlements) {
      const settled: Settled[] = [];
      const ended = await Promise.allSettled(
        byPayment(settlements).map(async (payment) => {
          for (const [index, settlement] of payment) {
            const leave = announcer.enter();
            settled[index] = await settleOne(settlement).finally(leave);
          }
        }),
      );
      const faults = ended.flatMap((lane) => (lane.status === "rejected" ? [lane.reason as unknown] : []));
      if (faults.length > 0) throw faults.find((fault) => !(fault instanceof StoreError)) ?? faults[0];
      return settled;
    },
    get: ledgerItems.get,
    history: ledgerItems.history,
    list: ledgerItems.list,
  };

  async function settleOne({ claim, attempt, startedAt }: Settlement): Promise<Settled> {
    const { event } = claim;
    const applied = await ledgerItems.apply(event);
    const now = await outcomeNow(claim, applied);
    if (now === null) return { kind: "known", eventId: event.eventId };
    const { settled, replay, generation } = now;
    if (settled.kind === "processed") {
      await announcer.announce(announce(event, { effect: settled.effect, status: settled.to, replay }), generation);
    }
    const marked = await events.markSettled(event, settled, { attempt, startedAt, at: clock.now() });
    return marked === "known" ? { kind: "known", eventId: event.eventId } : settled;
  }

  /** Null when the event had come to its end before. */
  async function outcomeNow({ event, replay }: Settlement["claim"], { application, again }: Applied) {
    // An event that goes through here for the first time costs no read of its own.
    if (again === null && !replay) return { settled: settledBy(event.eventId, application), replay, generation: 0 };
    const stored = await events.read(event.eventId);
    if (stored === null || !stored.waiting) return null;
    // A replay of an event that was processed says what it does now. Anything else that waits was never told to its end.
    const told = stored.record.effect !== null && again !== null;
    return {
      settled: settledBy(event.eventId, told ? again : application),
      replay: replay || stored.replaying,
      generation: stored.generation,
    };
  }
}

function byPayment(settlements: readonly Settlement[]): [index: number, settlement: Settlement][][] {
  const payments = new Map<string, [number, Settlement][]>();
  for (const [index, settlement] of settlements.entries()) {
    const { transactionId, eventId } = settlement.claim.event;
    const key = transactionId ?? eventId;
    const payment = payments.get(key);
    if (payment === undefined) payments.set(key, [[index, settlement]]);
    else payment.push([index, settlement]);
  }
  return [...payments.values()];
}

function settledBy(eventId: string, application: Applied["application"]): SettledNow {
  if (application.kind === "quarantined") return { kind: "quarantined", eventId, reason: application.reason };
  const { effect, from, to } = application;
  return { kind: "processed", eventId, effect, from, to };
}
