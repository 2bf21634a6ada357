import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../../domain/json.ts";
import { type PaymentEvent, placeEvent } from "../../../domain/payment-event.ts";
import { amountMinor, apply, refundedMinor, statusOf, type Transaction } from "../../../domain/transaction.ts";
import { providers } from "../../../providers/index.ts";
import { FORGERIES, type PlannedDelivery, planDemo } from "./plan.ts";

const NOW = Date.UTC(2026, 4, 5);
const plan = planDemo({ events: 500, seed: 1, now: NOW });

describe("the demo's plan", () => {
  it("is the same for the same seed, and another for another", () => {
    const [first, again, other] = [4, 4, 5].map((seed) => planDemo({ events: 50, seed, now: NOW }));
    expect(again).toEqual(first);
    expect([...(other?.events.keys() ?? [])]).not.toEqual([...(first?.events.keys() ?? [])]);
  });

  it.each([1, 2, 7, 500])("has exactly %i events, each sent and each of one payment", (events) => {
    const { deliveries, events: planned, payments } = planDemo({ events, seed: 3, now: NOW });
    const ids = [...planned.keys()];
    expect(ids).toHaveLength(events);
    const sent = new Set(deliveries.filter(({ forgery }) => forgery === null).map(({ eventId }) => eventId));
    expect([...sent].sort()).toEqual([...ids].sort());
    expect([...payments.values()].flatMap(({ eventIds }) => eventIds).sort()).toEqual([...ids].sort());
  });

  it("duplicates a fifth, some of it at the same instant, and reorders a tenth", () => {
    const genuine = plan.deliveries.filter(({ forgery }) => forgery === null);
    const copies = new Map<string, number>();
    for (const { eventId, atOnce } of genuine) copies.set(eventId, (copies.get(eventId) ?? 0) + atOnce);
    expect([...copies.values()].filter((count) => count > 1)).toHaveLength(100);
    expect(genuine.filter(({ atOnce }) => atOnce > 1)).toHaveLength(50);
    expect({ duplicated: plan.duplicated, reordered: plan.reordered }).toEqual({ duplicated: 100, reordered: 50 });

    const firstAt = new Map<string, number>();
    for (const [at, { eventId }] of genuine.entries()) if (!firstAt.has(eventId)) firstAt.set(eventId, at);
    const early = [...plan.payments.values()].flatMap(({ eventIds }) =>
      eventIds.filter((id, i) => i > 0 && Number(firstAt.get(id)) < Number(firstAt.get(eventIds[i - 1] as string))),
    );
    expect(early.length).toBeGreaterThanOrEqual(50);
  });

  it("forges in every way, under event ids that no provider gave", () => {
    const forged = plan.deliveries.filter(({ forgery }) => forgery !== null);
    expect(forged).toHaveLength(50);
    expect(new Set(forged.map(({ forgery }) => forgery))).toEqual(new Set(FORGERIES));
    for (const { eventId } of forged) expect(plan.events.has(eventId)).toBe(false);
    expect(new Set(forged.map(({ eventId }) => eventId))).toEqual(plan.forged);
  });

  it("knows by itself what the ledger's rules make of every payment, in any order", () => {
    const bodies = new Map(plan.deliveries.map((delivery) => [delivery.eventId, delivery]));
    for (const payment of plan.payments.values()) {
      const events = payment.eventIds.map((id) => normalise(bodies.get(id) as PlannedDelivery));
      for (const event of events) expect(event).toMatchObject({ ...plan.events.get(event.eventId) });
      for (const order of [events, events.toReversed()]) {
        const transaction = order.reduce<Transaction | undefined>(applied, undefined) as Transaction;
        expect({
          transactionId: transaction.transactionId,
          status: statusOf(transaction),
          amountMinor: `${amountMinor(transaction)}`,
          refundedMinor: `${refundedMinor(transaction)}`,
          currency: transaction.currency,
          eventIds: payment.eventIds,
        }).toEqual(payment);
      }
    }
  });

  it("ends payments in every way", () => {
    expect(new Set([...plan.payments.values()].map(({ status }) => status))).toEqual(
      new Set(["succeeded", "failed", "canceled", "partially_refunded", "refunded", "disputed", "charged_back"]),
    );
  });
});

function normalise({ source, body }: PlannedDelivery): PaymentEvent {
  const text = body.toString("utf8");
  const read = providers[source]?.normalise(JSON.parse(text) as JsonValue, text, { settings: {}, headers: {} });
  if (read?.kind !== "events" || read.events[0] === undefined) throw new Error(`${source} cannot read its own sample`);
  return placeEvent(read.events[0], { source, provider: source, receivedAt: NOW });
}

function applied(before: Transaction | undefined, event: PaymentEvent): Transaction | undefined {
  const application = apply(before, event);
  if (application.kind !== "settled") throw new Error(`${event.eventId} is quarantined`);
  return application.transaction;
}
