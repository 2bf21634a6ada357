import { StoreError } from "../domain/errors.ts";
import type { Alerts } from "../ports/alerts.ts";
import type { Announcer, Outbox, OutboxItem } from "../ports/announcer.ts";
import type { Clock } from "../ports/clock.ts";
import type { Metrics } from "../ports/metrics.ts";
import { backoff, type RetryPolicy } from "./backoff.ts";

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
  /** Starts no more requests and cuts those that run: they are delivered again under the same id. */
  stop(): Promise<void>;
}

const STORE_PAUSE_MS = 500;

/** Tells one destination what the outbox holds for it: in order per payment, at least once, under a stable id. */
export function startAnnouncing(parts: AnnounceParts): AnnouncerLoop {
  const { outbox, clock, metrics, destination } = parts;
  const running = new Set<Promise<void>>();
  const abort = new AbortController();
  let wake = () => {};
  let nextStart = 0;
  const stopListening = outbox.onReady(() => wake());
  const loop = run();

  return {
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
        const items =
          running.size < parts.concurrency ? await outbox.due(destination, parts.concurrency - running.size) : [];
        for (const item of items) await start(item);
        if (items.length > 0) continue;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        metrics.storeError();
        await parts.pause(STORE_PAUSE_MS);
        continue;
      }
      if (!abort.signal.aborted) await ready;
    }
  }

  async function start(item: OutboxItem): Promise<void> {
    if (parts.rateLimitPerSecond !== null) {
      const wait = nextStart - clock.monotonic();
      if (wait > 0) await parts.pause(wait);
      nextStart = Math.max(nextStart, clock.monotonic()) + 1000 / parts.rateLimitPerSecond;
    }
    const work = deliver(item).finally(() => {
      running.delete(work);
      wake();
    });
    running.add(work);
  }

  async function deliver(item: OutboxItem): Promise<void> {
    const result = await parts.announcer.deliver(item, abort.signal);
    if (abort.signal.aborted && result.kind === "failed") return;
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
