import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import { expire } from "../pipeline/expire.ts";
import type { Clock } from "../ports/clock.ts";
import type { Retention } from "../ports/retention.ts";

const MOST_MS = 60 * 60_000;
const LEAST_MS = 10_000;
// Soon, because an inbox that is started anew every day would otherwise wait for an hour that may not come.
const FIRST_MS = 60_000;

/**
 * Applies retention soon after the start and then every hour; every tenth of the shorter period when that is less, but
 * not within 10 s. Gives the function that stops it.
 */
export function startRetention(parts: {
  readonly retention: Retention;
  readonly periods: () => Config["store"]["retention"];
  readonly clock: Clock;
  readonly log: Logger;
}): () => Promise<void> {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer = after(Math.min(FIRST_MS, intervalOf(parts.periods())));
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };

  /** The next run is set when one has ended: two at a time would get into each other's way. */
  function after(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      running = run();
    }, delayMs);
  }

  async function run(): Promise<void> {
    try {
      const total = await expire(parts.retention, parts.clock, parts.periods(), () => !stopped);
      if (total.events > 0 || total.auditRecords > 0) parts.log.info(total, "retention applied");
    } catch (error) {
      parts.log.error({ error: (error as Error).message }, "retention failed");
    }
    if (!stopped) timer = after(intervalOf(parts.periods()));
  }
}

function intervalOf({ eventsMs, auditMs }: Config["store"]["retention"]): number {
  return Math.max(LEAST_MS, Math.min(MOST_MS, eventsMs / 10, auditMs / 10));
}
