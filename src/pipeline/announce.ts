import { StoreError } from "../domain/errors.ts";
import type { Alerts } from "../ports/alerts.ts";
import type { Announcer, Outbox, OutboxItem } from "../ports/announcer.ts";
import type { Clock } from "../ports/clock.ts";
import type { Metrics } from "../ports/metrics.ts";
import { backoff, type RetryPolicy } from "./backoff.ts";
import { type Circuit, type CircuitState, openCircuit } from "./circuit.ts";

export interface AnnounceParts {
  readonly outbox: Outbox;
  readonly announcer: Announcer;
  readonly alerts: Alerts;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly destination: string;
  readonly retry: RetryPolicy;
  /** Requests at a time. */
  readonly concurrency: number;
  readonly rateLimitPerSecond: number | null;
  readonly pause: (ms: number) => Promise<void>;
}

export interface AnnouncerLoop {
  /** Null until the store said how the destination stands. */
  circuit(): CircuitState | null;
  /** Starts no more requests and cuts those that run: they are delivered again under the same id. */
  stop(): Promise<void>;
}

const STORE_PAUSE_MS = 500;

/**
 * Tells one destination what the outbox holds for it: in order per payment, at least once, under a stable id. While its
 * circuit is open only one announcement at a time is tried, and those that wait lose no attempts. `delivery.failing` is
 * raised when the circuit opens, and not again before it was closed.
 */
export function startAnnouncing(parts: AnnounceParts): AnnouncerLoop {
  const { outbox, clock, metrics, destination } = parts;
  const running = new Set<Promise<void>>();
  const abort = new AbortController();
  let wake = () => {};
  let nextStart = 0;
  let circuit: Circuit | null = null;
  const stopListening = outbox.onReady(() => wake());
  const loop = run();

  return {
    circuit: () => circuit?.state() ?? null,
    async stop() {
      abort.abort();
      stopListening();
      wake();
      await loop;
      await Promise.all(running);
    },
  };

  async function run(): Promise<void> {
    while (!abort.signal.aborted) {
      const ready = new Promise<void>((resolve) => {
        wake = resolve;
      });
      try {
        circuit ??= await restoreCircuit();
        if (await startSome(circuit)) continue;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        metrics.storeError();
        await parts.pause(STORE_PAUSE_MS);
        continue;
      }
      if (!abort.signal.aborted) await ready;
    }
  }

  async function restoreCircuit(): Promise<Circuit> {
    const standing = (await outbox.standings()).find((one) => one.destination === destination);
    return openCircuit(parts.retry, clock, standing?.failuresInRow ?? 0);
  }

  /** Whether there may be more to start at once. */
  async function startSome(current: Circuit): Promise<boolean> {
    const free = current.allows(parts.concurrency - running.size);
    if (free === 0) return false;
    const wait = nextStart - clock.monotonic();
    if (wait > 0) {
      // What may start is judged anew after the wait.
      await parts.pause(wait);
      return true;
    }
    const items = await outbox.due(destination, parts.rateLimitPerSecond === null ? free : 1);
    for (const item of items) start(item, current);
    return items.length > 0;
  }

  function start(item: OutboxItem, current: Circuit): void {
    if (parts.rateLimitPerSecond !== null) nextStart = clock.monotonic() + 1000 / parts.rateLimitPerSecond;
    const work = guarded(item, () => deliver(item, current)).finally(() => {
      running.delete(work);
      wake();
    });
    running.add(work);
  }

  /** A fault of our own costs one announcement, never the inbox. */
  async function guarded(item: OutboxItem, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const reason = `internal: ${(error as Error).message}`;
      parts.alerts.raise("delivery.abandoned", destination, `${item.messageId}: ${reason}`);
      await insist(() => outbox.abandon(item, reason, clock.now())).catch(() => {});
    }
  }

  async function deliver(item: OutboxItem, current: Circuit): Promise<void> {
    const request = current.start();
    const failed = (error: string, retryAfterMs: number) => {
      const wasClosed = current.state() === "closed";
      request.failed(retryAfterMs);
      if (wasClosed && current.state() === "open")
        parts.alerts.raise("delivery.failing", destination, `taken to be away: ${error}`);
      // A timer may be early by a millisecond.
      if (current.waitMs() > 0) void parts.pause(Math.ceil(current.waitMs()) + 1).then(() => wake());
    };
    const result = await parts.announcer.deliver(item, abort.signal).catch((fault: unknown) => {
      // A probe without an outcome would keep the circuit from ever trying again.
      failed(`internal: ${(fault as Error).message}`, 0);
      throw fault;
    });
    if (abort.signal.aborted && result.kind === "failed") return;
    if (result.kind === "delivered") request.succeeded();
    else failed(result.error, result.retryAfterMs ?? 0);
    await insist(async () => {
      if (result.kind === "delivered") {
        await outbox.delivered(item, clock.now());
      } else if (item.attempts + 1 >= parts.retry.maxAttempts) {
        await outbox.abandon(item, result.error, clock.now());
      } else {
        const delay = Math.max(backoff(parts.retry, item.attempts + 1), result.retryAfterMs ?? 0);
        await outbox.postpone(item, result.error, delay);
      }
    });
    const abandoned = result.kind === "failed" && item.attempts + 1 >= parts.retry.maxAttempts;
    metrics.delivery(destination, abandoned ? "abandoned" : result.kind);
    if (abandoned) parts.alerts.raise("delivery.abandoned", destination, `${item.messageId}: ${result.error}`);
  }

  async function insist(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        metrics.storeError();
        // Not noted means told again, under the same id.
        if (abort.signal.aborted) return;
        await parts.pause(STORE_PAUSE_MS);
      }
    }
  }
}
