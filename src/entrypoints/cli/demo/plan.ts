import { type DemoPayment, type PlannedEvent, type PlannedPayment, writePayments } from "./plan-payments.ts";
import { createRandom, type Random } from "./random.ts";

/** Everything that the demo sends, and what has to come of it. */
export interface DemoPlan {
  /** In the order of sending. */
  readonly deliveries: readonly PlannedDelivery[];
  /** By event id. */
  readonly events: ReadonlyMap<string, PlannedEvent>;
  /** By transaction id. */
  readonly payments: ReadonlyMap<string, PlannedPayment>;
  /** Ids of events that were never said by a provider. */
  readonly forged: ReadonlySet<string>;
  /** Events that are sent more than once. */
  readonly duplicated: number;
  /** Events that are sent before one that happened earlier in the same payment. */
  readonly reordered: number;
}

export interface PlannedDelivery {
  readonly eventId: string;
  readonly source: string;
  /** Not signed yet. */
  readonly body: Buffer;
  /** How many copies go out at the same instant. */
  readonly atOnce: number;
  readonly forgery: Forgery | null;
}

export const FORGERIES = ["body", "secret", "timestamp", "signature_missing"] as const;
export type Forgery = (typeof FORGERIES)[number];

/** Plans a run of `events` payment events. The same seed and time give the same plan. `now` is epoch milliseconds. */
export function planDemo(request: { readonly events: number; readonly seed: number; readonly now: number }): DemoPlan {
  const random = createRandom(request.seed);
  const payments = writePayments(random, request.events, request.now);
  const ordered = mix(payments, random);
  const reordered = reorder(ordered, Math.round(request.events / 10), random);
  const genuine = ordered.map(({ event, body, source }) => ({
    eventId: event.eventId,
    source,
    body,
    atOnce: 1,
    forgery: null,
  }));
  const copied = duplicate(genuine, Math.round(request.events / 5), random);
  const forgeries = forge(payments, Math.max(FORGERIES.length, Math.round(request.events / 10)), random);
  return {
    deliveries: insert(copied.deliveries, forgeries, random),
    events: new Map(payments.flatMap(({ events }) => events.map(({ event }) => [event.eventId, event]))),
    payments: new Map(payments.map(({ payment }) => [payment.transactionId, payment])),
    forged: new Set(forgeries.map(({ eventId }) => eventId)),
    duplicated: copied.count,
    reordered,
  };
}

type Sendable = DemoPayment["events"][number];

/** Payments overlap; the events of each are in order. */
function mix(payments: readonly DemoPayment[], random: Random): Sendable[] {
  const placed = payments.flatMap(({ events }) => {
    let at = random.below(1000);
    return events.map((event) => {
      at += 1 + random.below(60);
      return { event, at };
    });
  });
  return placed.sort((a, b) => a.at - b.at).map(({ event }) => event);
}

/** Sends some events before the one that happened right before them. Gives how many. */
function reorder(ordered: Sendable[], wanted: number, random: Random): number {
  const place = new Map(ordered.map(({ event }, index) => [event.eventId, index]));
  const moved = new Set<string>();
  for (const later of random.shuffle(ordered)) {
    if (moved.size === 2 * wanted) break;
    const earlier = later.previous;
    if (earlier === null || moved.has(earlier.event.eventId) || moved.has(later.event.eventId)) continue;
    const to = place.get(earlier.event.eventId) as number;
    const from = place.get(later.event.eventId) as number;
    ordered[to] = later;
    ordered[from] = earlier;
    moved.add(earlier.event.eventId).add(later.event.eventId);
  }
  return moved.size / 2;
}

/** Half of the copies go out together with the first, half later. */
function duplicate(genuine: readonly PlannedDelivery[], wanted: number, random: Random) {
  const chosen = random.shuffle(genuine).slice(0, wanted);
  const together = new Set(chosen.slice(0, Math.ceil(wanted / 2)));
  const deliveries = genuine.map((delivery) =>
    together.has(delivery) ? { ...delivery, atOnce: 2 + random.below(3) } : delivery,
  );
  for (const delivery of chosen.slice(together.size)) {
    const first = deliveries.indexOf(delivery);
    deliveries.splice(first + 1 + random.below(deliveries.length - first), 0, delivery);
  }
  return { deliveries, count: chosen.length };
}

/** Success claimed for payments that exist, under event ids that no provider gave. */
function forge(payments: readonly DemoPayment[], count: number, random: Random): PlannedDelivery[] {
  const timed = payments.filter(({ signsTime }) => signsTime);
  return Array.from({ length: count }, (_, n) => {
    const wanted = FORGERIES[n % FORGERIES.length] as Forgery;
    // Where no time is signed there is none to be stale.
    const forgery = wanted === "timestamp" && timed.length === 0 ? "secret" : wanted;
    const victims = forgery === "timestamp" ? timed : payments;
    const victim = victims[random.below(victims.length)] as DemoPayment;
    const { event, source, body } = victim.claimSuccess();
    return { eventId: event.eventId, source, body, atOnce: 1, forgery };
  });
}

function insert(into: readonly PlannedDelivery[], others: readonly PlannedDelivery[], random: Random) {
  const all = [...into];
  for (const other of others) all.splice(random.below(all.length + 1), 0, other);
  return all;
}
