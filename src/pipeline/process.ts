import { wants } from "../domain/announcement.ts";
import { StoreError } from "../domain/errors.ts";
import type { PaymentEvent } from "../domain/payment-event.ts";
import { apply } from "../domain/transaction.ts";
import type { Alerts } from "../ports/alerts.ts";
import type { Clock } from "../ports/clock.ts";
import type { Handler, HandlerResult } from "../ports/handler.ts";
import type { Ledger, Settled, Settlement } from "../ports/ledger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Claim, Queue } from "../ports/queue.ts";
import { backoff, type RetryPolicy } from "./backoff.ts";
import { redactText } from "./redact.ts";

export interface ProcessParts {
  readonly queue: Queue;
  readonly ledger: Ledger;
  readonly alerts: Alerts;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Null when the user has none: events are then applied in large batches. */
  readonly handler: Handler | null;
  readonly retry: RetryPolicy;
  /** Handlers at a time; each payment has at most one. */
  readonly concurrency: number;
  readonly destinations: readonly DestinationFilter[];
  /** Told of every event that came to an end. */
  readonly onSettled: (event: PaymentEvent, how: Settled | "dead") => void;
  /** Resolves after `ms`, or at once when the processor stops. */
  readonly pause: (ms: number) => Promise<void>;
}

export interface DestinationFilter {
  readonly name: string;
  readonly events: readonly string[] | undefined;
  readonly sources: readonly string[] | undefined;
}

export interface Processor {
  /** Claims nothing more; resolves when what runs has ended. */
  stop(): Promise<void>;
}

/** Large enough that one sync serves many events, small enough that an acknowledgement does not wait for it. */
const BATCH = 256;
const STORE_PAUSE_MS = 500;
// Events that come one by one are settled a few at a time: otherwise each would cost a sync beside its own.
const GATHER_MS = 40;

/**
 * Takes events from the queue as they come, payment by payment in order, and brings each to its end: applied to the
 * ledger, quarantined, tried again later, or dead.
 */
export function startProcessor(parts: ProcessParts): Processor {
  const { queue, ledger, clock, metrics, handler } = parts;
  const running = new Set<Promise<void>>();
  let stopped = false;
  let wake = () => {};
  const stopListening = queue.onReady(() => wake());
  const loop = run();

  return {
    async stop() {
      stopped = true;
      stopListening();
      wake();
      await loop;
      await Promise.all(running);
    },
  };

  async function run(): Promise<void> {
    while (!stopped) {
      // Armed before the look, so that what arrives between the look and the wait is not missed.
      const ready = new Promise<void>((resolve) => {
        wake = resolve;
      });
      try {
        if (await (handler === null ? settleBatch() : startHandlers())) continue;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        metrics.storeError();
        await parts.pause(STORE_PAUSE_MS);
        continue;
      }
      if (!stopped) await ready;
      if (!stopped && handler === null) await parts.pause(GATHER_MS);
    }
  }

  /** Whether there may be more to do at once. */
  async function settleBatch(): Promise<boolean> {
    const claims = await queue.claim(BATCH, "batch");
    if (claims.length === 0) return false;
    try {
      await settle(claims.map((claim) => settlementOf(claim, 0, clock.now())));
    } catch (error) {
      if (error instanceof StoreError) throw error;
      // One of them cannot be settled, whatever it is: found by going one by one.
      for (const claim of claims) await guarded(claim, () => settle([settlementOf(claim, 0, clock.now())]));
    }
    return claims.length === BATCH;
  }

  /** A claim that our own code cannot bring to an end is dead, so that it neither blocks its payment nor the rest. */
  async function guarded(claim: Claim, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // The store is away and the processor stops: the event is claimed again after the next start.
      if (error instanceof StoreError) return;
      const reason = `internal: ${(error as Error).message}`.split("\n")[0] as string;
      // Where even that cannot be noted, the event stays what it is; the processor goes on with the others.
      await giveUp(claim, reason).catch(() => metrics.storeError());
    }
  }

  async function startHandlers(): Promise<boolean> {
    const free = parts.concurrency - running.size;
    if (free === 0) {
      await Promise.race(running);
      return true;
    }
    const claims = await queue.claim(free, "exclusive");
    for (const claim of claims) {
      const work = guarded(claim, () => handle(claim)).finally(() => {
        running.delete(work);
        wake();
      });
      running.add(work);
    }
    return claims.length > 0;
  }

  async function handle(claim: Claim): Promise<void> {
    const startedAt = clock.now();
    if (claim.event.type === "other" || claim.event.quarantine !== undefined) {
      // Nothing to apply, or nothing that may be applied: the handler is not asked.
      await settle([settlementOf(claim, 0, startedAt)]);
      return;
    }
    if (claim.attempts >= parts.retry.maxAttempts) {
      // Every attempt was counted before it ran, and none came to an end: the event kills whatever runs it.
      await giveUp(claim, "The process ended during every attempt.");
      return;
    }
    const { attempt, transaction } = await insist(() => queue.begin(claim, startedAt), inDoubt);
    if (apply(transaction, claim.event).kind === "quarantined") {
      await settle([settlementOf(claim, attempt, startedAt)]);
      return;
    }
    const { event } = claim;
    const result = await (handler as Handler).run({ event, attempt, idempotencyKey: event.eventId, transaction });
    if (result.kind === "done") await settle([settlementOf(claim, attempt, startedAt)]);
    else await fail(claim, attempt, result);
  }

  async function fail(
    claim: Claim,
    attempt: number,
    result: Extract<HandlerResult, { kind: "failed" }>,
  ): Promise<void> {
    const error = redactText(result.error);
    if (result.permanent || attempt >= parts.retry.maxAttempts) {
      await giveUp(claim, error);
      return;
    }
    const failure = { error, endedAt: clock.now() };
    await insist(
      () => queue.retry(claim, failure, backoff(parts.retry, attempt)),
      () => {},
    );
  }

  async function giveUp(claim: Claim, error: string): Promise<void> {
    await insist(
      () => queue.giveUp(claim, { error, endedAt: clock.now() }),
      () => {},
    );
    metrics.processed("dead");
    parts.alerts.raise("event.dead", claim.event.eventId, error);
    parts.onSettled(claim.event, "dead");
  }

  async function settle(settlements: readonly Settlement[]): Promise<void> {
    const settled = await insist(
      () => ledger.settle(settlements),
      () => [],
    );
    for (const [index, one] of settled.entries()) {
      const event = (settlements[index] as Settlement).claim.event;
      metrics.processed(one.kind === "quarantined" ? "quarantined" : one.effect);
      if (one.kind === "quarantined") parts.alerts.raise("event.quarantined", one.eventId, one.reason);
      parts.onSettled(event, one);
    }
  }

  /**
   * What was claimed has to come to an end: while the store cannot take it, it is kept and tried again. A write that
   * failed may have taken effect all the same; when the store then knows nothing of the claim any more, it has, and
   * `noted` says how to go on. If that is an error after all, the event is claimed again after the next start.
   */
  async function insist<T>(write: () => Promise<T>, noted: () => T): Promise<T> {
    for (let failed = false; ; failed = true) {
      try {
        return await write();
      } catch (error) {
        if (failed && !(error instanceof StoreError)) return noted();
        if (!(error instanceof StoreError) || stopped) throw error;
        metrics.storeError();
        await parts.pause(STORE_PAUSE_MS);
      }
    }
  }

  function inDoubt(): never {
    throw new StoreError("unavailable", "It is not known whether the attempt was counted.");
  }

  function settlementOf(claim: Claim, attempt: number, startedAt: number): Settlement {
    const { event } = claim;
    const destinations = parts.destinations
      .filter((one) => wants(one.events, event.type) && (one.sources?.includes(event.source) ?? true))
      .map((one) => one.name);
    return { claim, attempt, startedAt, destinations };
  }
}
