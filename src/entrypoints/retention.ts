import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import { expire } from "../pipeline/expire.ts";
import type { Clock } from "../ports/clock.ts";
import type { Retention } from "../ports/retention.ts";

const EVERY_MS = 60 * 60_000;

/** Applies retention once an hour. Gives the function that stops it. */
export function startRetention(parts: {
  readonly retention: Retention;
  readonly periods: () => Config["store"]["retention"];
  readonly clock: Clock;
  readonly log: Logger;
}): () => Promise<void> {
  let stopped = false;
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = expire(parts.retention, parts.clock, parts.periods(), () => !stopped).then(
      (total) => {
        if (total.events > 0 || total.auditRecords > 0) parts.log.info(total, "retention applied");
      },
      (error: unknown) => parts.log.error({ error: (error as Error).message }, "retention failed"),
    );
  }, EVERY_MS);
  return async () => {
    stopped = true;
    clearInterval(timer);
    await running;
  };
}
