import type { StorableDelivery, StoreOutcome } from "../../../ports/event-store.ts";
import type { Settled, Settlement } from "../../../ports/ledger.ts";
import type { Claim } from "../../../ports/queue.ts";
import { type EventValues, eventOf, eventValues } from "./event-row.ts";

/**
 * What crosses between the HTTP thread and the store's thread, for the calls made once per event. Flat arrays: copying
 * objects between threads costs several times as much as everything else that such a call does.
 */
export interface DeliveryRow {
  readonly events: readonly EventValues[];
  readonly body: readonly [sha256: string, bytes: number, redacted: 0 | 1, headers: string, boundTo: string | null];
}

export function deliveryRow(delivery: StorableDelivery): DeliveryRow {
  return {
    events: delivery.events.map(eventValues),
    body: [
      delivery.bodySha256,
      delivery.bodyBytes,
      delivery.redacted ? 1 : 0,
      JSON.stringify(delivery.headers),
      delivery.boundTo ?? null,
    ],
  };
}

/** One letter per event of a delivery; null when the delivery was refused because its id is bound elsewhere. */
export type StoredRow = string | null;
/** New; known with the same body; known with another body. */
export type StoredCode = "n" | "s" | "o";

export function storeOutcome(codes: StoredRow, { events }: StorableDelivery): StoreOutcome {
  if (codes === null) return { kind: "bound_to_another_body" };
  const copies = events.map(({ eventId }, index) => ({
    eventId,
    duplicate: codes[index] !== "n",
    sameBody: codes[index] !== "o",
  }));
  return { kind: "stored", copies };
}

/** A claim; `seq` is its receipt. The store's thread keeps the event itself until the claim comes to an end. */
export type ClaimRow = readonly [seq: number, attempts: number, replay: boolean, event: EventValues];

export function claimOf([receipt, attempts, replay, event]: ClaimRow): Claim {
  return { event: eventOf(event), attempts, replay, receipt };
}

export type SettlementRow = readonly [seq: number, attempt: number, startedAt: number, destinations: readonly string[]];

export function settlementRow({ claim, attempt, startedAt, destinations }: Settlement): SettlementRow {
  return [claim.receipt as number, attempt, startedAt, destinations];
}

export type SettledRow = readonly [
  kind: Settled["kind"],
  effectOrReason: string,
  from: string | null,
  to: string | null,
];

export function settledOf([kind, what, from, to]: SettledRow, eventId: string): Settled {
  return (
    kind === "processed" ? { kind, eventId, effect: what, from, to } : { kind, eventId, reason: what }
  ) as Settled;
}
