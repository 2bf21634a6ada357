import type { PlannedDelivery } from "./plan.ts";
import type { PostResult } from "./post-delivery.ts";

/** What became of the copies of one event. */
export interface Tally {
  /** Copies that went out; each may have come in. */
  readonly sent: number;
  /** Answered 200. */
  readonly acknowledged: number;
  /** Answered that it will never be taken. */
  readonly refused: number;
}

export interface CourierParts {
  /** Sends one copy, signed anew, to wherever the inbox is now. */
  readonly post: (delivery: PlannedDelivery) => Promise<PostResult>;
  readonly pause: (ms: number) => Promise<void>;
  /** After each copy that came to its end. */
  readonly onDone: () => void;
}

export interface Courier {
  /** Sends the deliveries in order, `connections` at a time, each until it is answered. */
  sendAll(deliveries: readonly PlannedDelivery[], connections: number): Promise<void>;
  tallyOf(eventId: string): Tally;
  /** Of acknowledgements, milliseconds. */
  readonly latencies: readonly number[];
}

// As long as it takes an inbox to come back on a slow machine, and not for ever.
const MAX_TRIES = 60;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1600;

/** Delivers as a provider does: what got no answer, or was told to come again, comes again. */
export function createCourier({ post, pause, onDone }: CourierParts): Courier {
  const tallies = new Map<string, { -readonly [K in keyof Tally]: Tally[K] }>();
  const latencies: number[] = [];

  return {
    latencies,
    tallyOf: tally,
    async sendAll(deliveries, connections) {
      const queue = deliveries.values();
      const work = async () => {
        for (const delivery of queue) {
          await Promise.all(Array.from({ length: delivery.atOnce }, () => deliver(delivery)));
        }
      };
      await Promise.all(Array.from({ length: connections }, work));
    },
  };

  async function deliver(delivery: PlannedDelivery): Promise<void> {
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      if (isLastWord(await post(delivery), delivery.eventId)) break;
      await pause(Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS));
    }
    onDone();
  }

  function isLastWord(result: PostResult, eventId: string): boolean {
    const counts = tally(eventId);
    if (result.kind !== "not_sent") counts.sent++;
    if (result.kind !== "answered" || result.status >= 500 || result.status === 429) return false;
    if (result.status === 200) {
      counts.acknowledged++;
      latencies.push(result.ms);
    } else counts.refused++;
    return true;
  }

  function tally(eventId: string) {
    const known = tallies.get(eventId) ?? { sent: 0, acknowledged: 0, refused: 0 };
    tallies.set(eventId, known);
    return known;
  }
}
