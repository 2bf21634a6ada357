import { expect, test } from "vitest";
import { LATENCY_BUCKETS, latencyBucket, latencyQuantile } from "./latency-buckets.ts";
import { createSeries, SERIES_WINDOW_MS } from "./series.ts";

const START = Date.UTC(2026, 0, 1, 12, 0, 0);

test("what was counted shows in the step it happened in, and in the totals", () => {
  let now = START;
  const series = createSeries({ now: () => now });
  series.count("accepted");
  series.count("accepted");
  now = START + 1999;
  series.count("duplicate");
  now = START + 2000;
  series.count("rejected");
  series.count("processed");

  const { points, totals } = series.read(3000, 1000);

  expect(
    points.map(({ at, accepted, duplicate, rejected, processed }) => [at, accepted, duplicate, rejected, processed]),
  ).toEqual([
    ["2026-01-01T12:00:00.000Z", 2, 0, 0, 0],
    ["2026-01-01T12:00:01.000Z", 0, 1, 0, 0],
    ["2026-01-01T12:00:02.000Z", 0, 0, 1, 1],
  ]);
  expect(totals).toMatchObject({ accepted: 2, duplicate: 1, rejected: 1, processed: 1, ackP50Ms: null });
});

test("a day is kept by the minute and nothing older comes back", () => {
  let now = START;
  const series = createSeries({ now: () => now });
  series.count("accepted");
  now = START + SERIES_WINDOW_MS - 60_000;
  series.count("accepted");

  expect(series.read(SERIES_WINDOW_MS, 60_000).totals.accepted).toBe(2);
  expect(series.read(SERIES_WINDOW_MS, 60_000).points).toHaveLength(1440);
  now += 60_000;
  expect(series.read(SERIES_WINDOW_MS, 60_000).totals.accepted).toBe(1);
  now += 10 * SERIES_WINDOW_MS;
  expect(series.read(SERIES_WINDOW_MS, 60_000).totals.accepted).toBe(0);
});

test("latency quantiles are right to within the width of a bucket", () => {
  const series = createSeries({ now: () => START });
  for (let i = 1; i <= 100; i++) series.acknowledged(i / 1000);

  const { ackP50Ms, ackP99Ms } = series.read(1000, 1000).totals;

  expect(ackP50Ms).toBeGreaterThan(50 * 0.85);
  expect(ackP50Ms).toBeLessThan(50 * 1.15);
  expect(ackP99Ms).toBeGreaterThan(99 * 0.85);
  expect(ackP99Ms).toBeLessThan(99 * 1.15);
});

test("every latency has a bucket, even one that is no number", () => {
  for (const seconds of [0, -1, Number.NaN, 1e-9, 0.3, 1e9, Number.POSITIVE_INFINITY]) {
    const bucket = latencyBucket(seconds);
    expect(Number.isInteger(bucket) && bucket >= 0 && bucket < LATENCY_BUCKETS).toBe(true);
  }
  expect(latencyQuantile(new Uint32Array(LATENCY_BUCKETS), 0.5)).toBeNull();
});
