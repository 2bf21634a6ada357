import type { Settlement } from "../../src/ports/ledger.ts";
import type { Claim } from "../../src/ports/queue.ts";

/** A claim as it is settled without a handler; whatever matters to a test is given in `over`. */
export function settlement(claim: Claim, over: Partial<Settlement> = {}): Settlement {
  return { claim, attempt: 0, startedAt: Date.parse(claim.event.receivedAt), destinations: [], ...over };
}

export function ids(claims: readonly Claim[]): readonly string[] {
  return claims.map((claim) => claim.event.eventId);
}
