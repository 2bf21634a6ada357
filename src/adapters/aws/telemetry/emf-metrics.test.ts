import { describe, expect, test } from "vitest";
import type { Rejection } from "../../../ports/metrics.ts";
import { type EmfMetricsParts, openEmfMetrics } from "./emf-metrics.ts";

const AT = 1_760_000_000_000;

function opened(over: Partial<EmfMetricsParts> = {}) {
  const lines: string[] = [];
  const rejected: Rejection[] = [];
  const metrics = openEmfMetrics({
    clock: { now: () => AT },
    onRejected: (rejection) => rejected.push(rejection),
    write: (line) => lines.push(line),
    ...over,
  });
  const flushed = () => {
    metrics.flush();
    return lines.splice(0).map((line) => JSON.parse(line) as unknown);
  };
  return { metrics, rejected, flushed };
}

const directive = (dimensions: readonly string[], ...metrics: readonly (readonly [string, string])[]) => ({
  Timestamp: AT,
  CloudWatchMetrics: [
    {
      Namespace: "Strongroom",
      Dimensions: [dimensions],
      Metrics: metrics.map(([name, unit]) => ({ Name: name, Unit: unit })),
    },
  ],
});

describe("a flush", () => {
  test("writes counters summed up, one line for each set of labels", () => {
    const { metrics, flushed } = opened();
    metrics.received("stripe", "accepted");
    metrics.received("stripe", "accepted");
    metrics.received("stripe", "forged");
    metrics.processed("applied");
    metrics.delivery("results", "delivered");
    expect(flushed()).toEqual([
      {
        _aws: directive(["source", "result"], ["strongroom_received_total", "Count"]),
        source: "stripe",
        result: "accepted",
        strongroom_received_total: 2,
      },
      {
        _aws: directive(["source", "result"], ["strongroom_received_total", "Count"]),
        source: "stripe",
        result: "forged",
        strongroom_received_total: 1,
      },
      {
        _aws: directive(["effect"], ["strongroom_processed_total", "Count"]),
        effect: "applied",
        strongroom_processed_total: 1,
      },
      {
        _aws: directive(["destination", "outcome"], ["strongroom_delivery_attempts_total", "Count"]),
        destination: "results",
        outcome: "delivered",
        strongroom_delivery_attempts_total: 1,
      },
    ]);
  });

  test("puts everything without labels into one line, with the dimension set that is empty", () => {
    const { metrics, flushed } = opened();
    metrics.acknowledged(0.012);
    metrics.acknowledged(0.02);
    metrics.storeError();
    metrics.gauges({ backlog: 7, oldestPendingSeconds: 0, deadLetters: 1 });
    metrics.gauges({ backlog: 8, oldestPendingSeconds: 2.5, deadLetters: 1 });
    expect(flushed()).toEqual([
      {
        _aws: directive(
          [],
          ["strongroom_ack_seconds", "Seconds"],
          ["strongroom_store_errors_total", "Count"],
          ["strongroom_backlog", "Count"],
          ["strongroom_oldest_pending_seconds", "Seconds"],
          ["strongroom_dead_letters", "Count"],
        ),
        strongroom_ack_seconds: [0.012, 0.02],
        strongroom_store_errors_total: 1,
        strongroom_backlog: 8,
        strongroom_oldest_pending_seconds: 2.5,
        strongroom_dead_letters: 1,
      },
    ]);
  });

  test("writes a gauge with a label as last seen", () => {
    const { metrics, flushed } = opened();
    metrics.clockSkew("stripe", -2);
    metrics.clockSkew("stripe", 0.5);
    expect(flushed()).toMatchObject([{ source: "stripe", strongroom_clock_skew_seconds: 0.5 }]);
  });

  test("starts anew, and writes nothing when nothing happened", () => {
    const { metrics, flushed } = opened();
    metrics.processed("dead");
    expect(flushed()).toHaveLength(1);
    expect(flushed()).toEqual([]);
    metrics.processed("dead");
    expect(flushed()).toMatchObject([{ strongroom_processed_total: 1 }]);
  });

  test("gives CloudWatch at most 100 values a line and loses none", () => {
    const { metrics, flushed } = opened();
    for (let i = 0; i < 201; i++) metrics.acknowledged(i);
    metrics.storeError();
    const lines = flushed() as { strongroom_ack_seconds: number[] | number; strongroom_store_errors_total?: number }[];
    expect(lines.map(({ strongroom_ack_seconds: values }) => [values].flat().length)).toEqual([100, 100, 1]);
    expect(lines.flatMap(({ strongroom_ack_seconds: values }) => values)).toEqual(
      Array.from({ length: 201 }, (_, i) => i),
    );
    expect(lines.map((line) => line.strongroom_store_errors_total)).toEqual([1, undefined, undefined]);
  });
});

test("the deployment's own dimensions come with every metric", () => {
  const { metrics, flushed } = opened({ dimensions: { deployment: "prod" } });
  metrics.storeError();
  metrics.processed("stale");
  expect(flushed()).toMatchObject([
    { _aws: directive(["deployment"], ["strongroom_store_errors_total", "Count"]), deployment: "prod" },
    { _aws: directive(["deployment", "effect"], ["strongroom_processed_total", "Count"]), effect: "stale" },
  ]);
});

test("a rejection is handed on and makes no metric", () => {
  const { metrics, rejected, flushed } = opened();
  const rejection: Rejection = {
    at: "2026-01-02T03:04:05.678Z",
    source: "stripe",
    requestId: "r",
    status: 401,
    code: "bad_signature",
    reason: "wrong_signature",
    remoteAddress: null,
    bodyBytes: 3,
  };
  metrics.rejected(rejection);
  expect(rejected).toEqual([rejection]);
  expect(flushed()).toEqual([]);
});
