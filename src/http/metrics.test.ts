import { expect, test } from "vitest";
import { systemClock } from "../../test/http/start-ingest.ts";
import { createMetrics, type MetricsDeps } from "./metrics.ts";

const metricsWith = (over: Partial<MetricsDeps> = {}) =>
  createMetrics({
    clock: systemClock,
    isSource: (name) => name === "stripe",
    gauges: async () => ({ backlog: 7, oldestPendingSeconds: 1.5, deadLetters: 2 }),
    ...over,
  });

test("every metric of the contract is exposed under its name and labels", async () => {
  const metrics = metricsWith({
    circuits: () => [
      ["ledger", "open"],
      ["legacy", "half_open"],
      ["shop", "closed"],
    ],
  });
  metrics.received("stripe", "accepted");
  metrics.received("stripe", "accepted");
  metrics.received("stripe", "forged");
  metrics.acknowledged(0.003);
  metrics.acknowledged(20);
  metrics.processed("applied");
  metrics.processed("dead");
  metrics.delivery("ledger", "failed");
  metrics.delivery("ledger", "delivered");
  metrics.storeError();
  metrics.clockSkew("stripe", -2.5);

  const { contentType, text } = await metrics.exposition();

  expect(contentType).toContain("text/plain; version=0.0.4");
  const lines = text.split("\n");
  for (const line of [
    'strongroom_received_total{source="stripe",result="accepted"} 2',
    'strongroom_received_total{source="stripe",result="forged"} 1',
    "# TYPE strongroom_ack_seconds histogram",
    'strongroom_ack_seconds_bucket{le="0.0025"} 0',
    'strongroom_ack_seconds_bucket{le="0.005"} 1',
    'strongroom_ack_seconds_bucket{le="10"} 1',
    'strongroom_ack_seconds_bucket{le="+Inf"} 2',
    "strongroom_ack_seconds_sum 20.003",
    "strongroom_ack_seconds_count 2",
    'strongroom_processed_total{effect="applied"} 1',
    'strongroom_processed_total{effect="dead"} 1',
    "strongroom_backlog 7",
    "strongroom_oldest_pending_seconds 1.5",
    "strongroom_dead_letters 2",
    'strongroom_delivery_attempts_total{destination="ledger",outcome="failed"} 1',
    'strongroom_delivery_attempts_total{destination="ledger",outcome="delivered"} 1',
    'strongroom_circuit_open{destination="ledger"} 1',
    'strongroom_circuit_open{destination="legacy"} 1',
    'strongroom_circuit_open{destination="shop"} 0',
    "strongroom_store_errors_total 1",
    'strongroom_clock_skew_seconds{source="stripe"} -2.5',
  ]) {
    expect(lines).toContain(line);
  }
  expect(text).toContain("process_cpu_user_seconds_total");
});

test("a scrape changes nothing: the next one says the same", async () => {
  const metrics = metricsWith();
  metrics.received("stripe", "accepted");
  metrics.acknowledged(0.1);
  const own = async () => (await metrics.exposition()).text.split("\n").filter((line) => /^strongroom_/.test(line));

  expect(await own()).toEqual(await own());
});

test("names that are no source share one label, so a scan cannot make the metrics grow", async () => {
  const metrics = metricsWith();
  for (let i = 0; i < 50; i++) metrics.received(`guess-${i}`, "refused");

  const { text } = await metrics.exposition();

  expect(text).toContain('strongroom_received_total{source="(unknown)",result="refused"} 50');
  expect(text).not.toContain("guess-");
});

test("a store that cannot be asked costs a scrape its gauges and nothing else", async () => {
  const metrics = metricsWith({ gauges: () => Promise.reject(new Error("store down")) });
  metrics.storeError();

  const { text } = await metrics.exposition();

  expect(text).toContain("strongroom_store_errors_total 1");
  expect(text).not.toMatch(/^strongroom_backlog \d/m);
});
