import { wants } from "../domain/announcement.ts";
import { StoreError } from "../domain/errors.ts";
import type { PaymentEvent } from "../domain/payment-event.ts";
import { apply } from "../domain/transaction.ts";
import type { Alerts } from "../ports/alerts.ts";
import type { Clock } from "../ports/clock.ts";
import type { Handler, HandlerResult } from "../ports/handler.ts";
import type { Ledger, SettledNow, Settlement } from "../ports/ledger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Attempts, Claim } from "../ports/queue.ts";
import { backoff, type RetryPolicy } from "./backoff.ts";
import { redactText } from "./redact.ts";

export interface ProcessEventParts {
  readonly attempts: Attempts;
  readonly ledger: Pick<Ledger, "settle">;
  readonly alerts: Alerts;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Null when the user has none. */
  readonly handler: Handler | null;
  readonly retry: RetryPolicy;
  readonly destinations: readonly DestinationFilter[];
  /** Told of every event that came to an end. */
  readonly onSettled: (event: PaymentEvent, how: SettledNow | "dead") => void;
  readonly insist: Insist;
}

/**
 * Makes a write to the store, and decides what to do when the store cannot take it: throw its `StoreError`, or try again.
 * A write that failed may have taken effect all the same; when the store then knows nothing of the claim any more, it
 * has, and `noted` says how to go on.
 */
export type Insist = <T>(write: () => Promise<T>, noted: () => T) => Promise<T>;

export interface DestinationFilter {
  readonly name: string;
  readonly events: readonly string[] | undefined;
  readonly sources: readonly string[] | undefined;
}

/** Brings claims to their end: applied to the ledger, quarantined, tried again later, or dead. */
export interface ProcessEvent {
  /** One event, its handler asked where there is one. Rejects with a `StoreError` only. */
  one(claim: Claim): Promise<"ended" | "postponed">;
  /** Many at once, in their order, without a handler. Rejects with a `StoreError` only. */
  all(claims: readonly Claim[]): Promise<void>;
}

export function openProcessEvent(parts: ProcessEventParts): ProcessEvent {
  const { attempts, ledger, clock, metrics, insist } = parts;

  return {
    one: (claim) => guarded(claim, () => handle(claim)),
    async all(claims) {
      try {
        await settle(claims.map((claim) => settlementOf(claim, 0, clock.now())));
      } catch (error) {
        if (error instanceof StoreError) throw error;
        // One of them cannot be settled, whatever it is: found by going one by one.
        let failure: unknown;
        for (const claim of claims) {
          await guarded(claim, () => settleOne(claim, 0, clock.now())).catch((reason: unknown) => {
            failure ??= reason;
          });
        }
        if (failure !== undefined) throw failure;
      }
    },
  };

  /** A claim that our own code cannot bring to an end is dead, so that it neither blocks its payment nor the rest. */
  async function guarded(claim: Claim, work: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StoreError) throw error;
      try {
        return await giveUp(claim, `internal: ${(error as Error).message}`.split("\n")[0] as string);
      } catch (cause) {
        if (cause instanceof StoreError) throw cause;
        throw new StoreError("unavailable", "It could not be noted that the event is dead.", { cause });
      }
    }
  }

  async function handle(claim: Claim): Promise<Outcome> {
    const { event } = claim;
    const startedAt = clock.now();
    if (parts.handler === null || event.type === "other" || event.quarantine !== undefined) {
      // Nobody to ask, nothing to apply, or nothing that may be applied.
      return settleOne(claim, 0, startedAt);
    }
    if (claim.attempts >= parts.retry.maxAttempts) {
      // Every attempt was counted before it ran, and none came to an end: the event kills whatever runs it.
      return giveUp(claim, NEVER_ENDED);
    }
    const begun = await insist(() => attempts.begin(claim, startedAt), inDoubt);
    if (begun === null) return "ended";
    const { attempt, transaction } = begun;
    if (attempt > parts.retry.maxAttempts) return giveUp(claim, NEVER_ENDED);
    if (apply(transaction, event).kind === "quarantined") return settleOne(claim, attempt, startedAt);
    const result = await parts.handler.run({ event, attempt, idempotencyKey: event.eventId, transaction });
    return result.kind === "done" ? settleOne(claim, attempt, startedAt) : fail(claim, attempt, result);
  }

  async function fail(
    claim: Claim,
    attempt: number,
    result: Extract<HandlerResult, { kind: "failed" }>,
  ): Promise<Outcome> {
    const error = redactText(result.error);
    if (result.permanent || attempt >= parts.retry.maxAttempts) return giveUp(claim, error);
    const failure = { error, endedAt: clock.now() };
    await insist(
      () => attempts.retry(claim, failure, backoff(parts.retry, attempt)),
      () => {},
    );
    return "postponed";
  }

  async function giveUp(claim: Claim, error: string): Promise<Outcome> {
    await insist(
      () => attempts.giveUp(claim, { error, endedAt: clock.now() }),
      () => {},
    );
    metrics.processed("dead");
    parts.alerts.raise("event.dead", claim.event.eventId, error);
    parts.onSettled(claim.event, "dead");
    return "ended";
  }

  async function settleOne(claim: Claim, attempt: number, startedAt: number): Promise<Outcome> {
    await settle([settlementOf(claim, attempt, startedAt)]);
    return "ended";
  }

  async function settle(settlements: readonly Settlement[]): Promise<void> {
    const settled = await insist(
      () => ledger.settle(settlements),
      () => [],
    );
    for (const [index, one] of settled.entries()) {
      if (one.kind === "known") continue;
      const event = (settlements[index] as Settlement).claim.event;
      metrics.processed(one.kind === "quarantined" ? "quarantined" : one.effect);
      if (one.kind === "quarantined") parts.alerts.raise("event.quarantined", one.eventId, one.reason);
      parts.onSettled(event, one);
    }
  }

  function settlementOf(claim: Claim, attempt: number, startedAt: number): Settlement {
    const { event } = claim;
    const destinations = parts.destinations
      .filter((one) => wants(one.events, event.type) && (one.sources?.includes(event.source) ?? true))
      .map((one) => one.name);
    return { claim, attempt, startedAt, destinations };
  }
}

type Outcome = "ended" | "postponed";

const NEVER_ENDED = "The process ended during every attempt.";

function inDoubt(): never {
  throw new StoreError("unavailable", "It is not known whether the attempt was counted.");
}
