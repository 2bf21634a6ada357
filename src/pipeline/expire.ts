import type { Clock } from "../ports/clock.ts";
import type { Expired, Retention } from "../ports/retention.ts";

export interface RetentionPeriods {
  readonly eventsMs: number;
  readonly auditMs: number;
}

const STEP = 500;

/**
 * Applies retention now, in steps that ingest can pass between. `onProgress` gets the running total after each step;
 * returning false stops the work there.
 */
export async function expire(
  retention: Retention,
  clock: Clock,
  periods: RetentionPeriods,
  onProgress: (total: Expired) => boolean,
): Promise<Expired> {
  const now = clock.now();
  const cutoff = { events: now - periods.eventsMs, audit: now - periods.auditMs };
  let total: Expired = { events: 0, auditRecords: 0 };
  for (;;) {
    const step = await retention.expire(cutoff, STEP);
    if (step.events === 0 && step.auditRecords === 0) break;
    total = { events: total.events + step.events, auditRecords: total.auditRecords + step.auditRecords };
    if (!onProgress(total)) break;
  }
  // Also when nothing expired: a crash, or someone who was reading, may have kept an earlier run from it.
  await retention.purge();
  return total;
}
