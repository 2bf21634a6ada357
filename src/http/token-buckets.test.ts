import { expect, test } from "vitest";
import { createTokenBuckets } from "./token-buckets.ts";

const RATE = { perSecond: 2, burst: 3 };

test("a key has its burst, then what the rate gives back, and never more than the burst", () => {
  let now = 0;
  const buckets = createTokenBuckets({ monotonic: () => now });
  const take = () => buckets.take("a", RATE);

  expect([take(), take(), take(), take()]).toEqual([0, 0, 0, 500]);
  now = 250;
  expect(take()).toBe(250);
  now = 500;
  expect(take()).toBe(0);
  now = 3_600_000;
  expect([take(), take(), take(), take()]).toEqual([0, 0, 0, 500]);
});

test("keys do not share their credits", () => {
  const buckets = createTokenBuckets({ monotonic: () => 0 });
  const rate = { perSecond: 1, burst: 1 };

  expect([buckets.take("a", rate), buckets.take("a", rate), buckets.take("b", rate)]).toEqual([0, 1000, 0]);
});

test("a rate that changes takes effect at once", () => {
  const buckets = createTokenBuckets({ monotonic: () => 0 });
  buckets.take("a", { perSecond: 1, burst: 100 });

  expect(buckets.take("a", { perSecond: 1, burst: 1 })).toBe(0);
  expect(buckets.take("a", { perSecond: 4, burst: 1 })).toBe(250);
});

test("more keys than it keeps do not make it grow", () => {
  const buckets = createTokenBuckets({ monotonic: () => 0 }, 2);
  const rate = { perSecond: 1, burst: 1 };
  for (const key of ["a", "b", "c"]) buckets.take(key, rate);

  expect(buckets.take("c", rate)).toBe(1000);
  expect(buckets.take("a", rate)).toBe(0);
});
