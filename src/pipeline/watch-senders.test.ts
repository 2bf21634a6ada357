import { describe, expect, it } from "vitest";
import { watchSenders } from "./watch-senders.ts";

function watching() {
  const raised: string[][] = [];
  const time = { now: 1_000_000, monotonic: 0 };
  const watch = watchSenders(
    { raise: (kind, target, detail) => raised.push([kind, target, detail]) },
    { now: () => time.now, monotonic: () => time.monotonic },
  );
  return { watch, raised, time };
}

describe("watching senders", () => {
  it("raises once when one source sends many forged deliveries within a minute, and not for a few", () => {
    const { watch, raised, time } = watching();
    for (let n = 0; n < 19; n++) watch.forged("shop", "wrong_signature", undefined);
    expect(raised).toEqual([]);
    for (let n = 0; n < 50; n++) watch.forged("shop", "wrong_signature", undefined);
    expect(raised.map(([kind, target]) => [kind, target])).toEqual([["auth.failures", "shop"]]);
    time.monotonic = 120_000;
    watch.forged("shop", "wrong_signature", undefined);
    expect(raised).toHaveLength(1);
  });

  it("raises when the clocks are a minute apart, whether or not that was still tolerated", () => {
    const { watch, raised } = watching();
    watch.authentic("shop", 1_000_000 - 59_000);
    watch.authentic("shop", undefined);
    expect(raised).toEqual([]);
    watch.authentic("shop", 1_000_000 - 90_000);
    watch.forged("shop", "future_timestamp", 1_000_000 + 600_000);
    expect(raised).toEqual([
      ["clock.skew", "shop", "The signing time is 90 s behind this machine's clock."],
      ["clock.skew", "shop", "The signing time is 600 s ahead of this machine's clock."],
    ]);
  });
});
