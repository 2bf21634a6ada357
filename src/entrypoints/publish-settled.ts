import type { PaymentEvent } from "../domain/payment-event.ts";
import type { Feed } from "../http/feed.ts";
import type { Clock } from "../ports/clock.ts";
import type { SettledNow } from "../ports/ledger.ts";

/** Tells whoever watches that an event came to its end. */
export function publishSettled(feed: Feed, clock: Clock, { eventId }: PaymentEvent, how: SettledNow | "dead"): void {
  feed.publish(() => {
    const at = new Date(clock.now()).toISOString();
    if (how === "dead") return { kind: "dead", at, eventId, reason: "attempts" };
    return how.kind === "quarantined"
      ? { kind: "quarantined", at, eventId, reason: how.reason }
      : { kind: "processed", at, eventId, effect: how.effect };
  });
}
