import pino from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RetentionCutoff } from "../ports/retention.ts";
import { startRetention } from "./retention.ts";

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];

describe("retention in an inbox that runs", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is applied a minute after the start and then every hour", async () => {
    const { runs, stop } = start({ eventsMs: 30 * DAY, auditMs: 400 * DAY });
    await vi.advanceTimersByTimeAsync(2 * HOUR + 2 * MINUTE);
    expect(runs).toEqual([MINUTE, MINUTE + HOUR, MINUTE + 2 * HOUR]);
    await stop();
  });

  it("is applied every tenth of a period that is short, by the shorter of the two", async () => {
    const { runs, stop } = start({ eventsMs: 30 * DAY, auditMs: 200 * SECOND });
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(runs).toEqual([20 * SECOND, 40 * SECOND, 60 * SECOND]);
    await stop();
  });

  it("leaves 10 s between two runs, however short the period is, and ends when it is stopped", async () => {
    const { runs, stop } = start({ eventsMs: SECOND, auditMs: DAY });
    await vi.advanceTimersByTimeAsync(25 * SECOND);
    await stop();
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(runs).toEqual([10 * SECOND, 20 * SECOND]);
  });
});

/** `runs` are the milliseconds from the start to each run. */
function start(periods: { readonly eventsMs: number; readonly auditMs: number }) {
  const startedAt = Date.now();
  const runs: number[] = [];
  const stop = startRetention({
    retention: {
      expire: async (cutoff: RetentionCutoff) => {
        runs.push(cutoff.events + periods.eventsMs - startedAt);
        return { events: 0, auditRecords: 0 };
      },
      purge: async () => {},
    },
    periods: () => periods,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    log: pino({ level: "silent" }),
  });
  return { runs, stop };
}
