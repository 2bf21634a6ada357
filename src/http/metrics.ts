import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { CircuitState } from "../pipeline/circuit.ts";
import type { Clock } from "../ports/clock.ts";
import type { Metrics } from "../ports/metrics.ts";
import { createAckHistogram } from "./ack-histogram.ts";
import { NO_SOURCE } from "./exchange.ts";
import { createRejections, type Rejections } from "./rejections.ts";
import { createSeries, type Series } from "./series.ts";

/** How full the inbox is right now. */
export interface Gauges {
  /** Events that are not processed yet. */
  readonly backlog: number;
  /** Age of the oldest of them, in seconds; 0 when there is none. */
  readonly oldestPendingSeconds: number;
  readonly deadLetters: number;
}

export interface MetricsDeps {
  readonly clock: Clock;
  /** Whether a source is configured: only those become label values. */
  readonly isSource: (name: string) => boolean;
  /** Asked at each scrape. When it rejects, the scrape leaves the three gauges out. */
  readonly gauges: () => Promise<Gauges>;
  /** By destination, asked at each scrape. @default none */
  readonly circuits?: () => Iterable<readonly [destination: string, state: CircuitState]>;
}

/** The `Metrics` port, and what operators read from it. */
export interface InboxMetrics extends Metrics {
  readonly rejections: Pick<Rejections, "latest">;
  readonly series: Pick<Series, "read">;
  /** Prometheus text. */
  exposition(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/**
 * Counts in plain memory and hands the counts to prom-client only when somebody scrapes: its own calls are too slow for
 * the path of an acknowledgement.
 */
export function createMetrics({ clock, isSource, gauges, circuits = () => [] }: MetricsDeps): InboxMetrics {
  const registry = new Registry();
  const rejections = createRejections();
  const series = createSeries(clock);
  collectDefaultMetrics({ register: registry });

  const received = createTally(registry, "received_total", "Requests by source and result.", ["source", "result"]);
  const acks = createAckHistogram(registry);
  const processed = createTally(registry, "processed_total", "Events processed, by effect.", ["effect"]);
  const attempts = createTally(
    registry,
    "delivery_attempts_total",
    "Announcements tried, by destination and outcome.",
    ["destination", "outcome"],
  );
  const storeErrors = createTally(registry, "store_errors_total", "Times the store failed.", []);
  storeErrors.add(0);
  const skew = new Gauge({
    name: "strongroom_clock_skew_seconds",
    help: "The provider's clock minus ours, last seen.",
    labelNames: ["source"],
    registers: [registry],
  });
  new Gauge({
    name: "strongroom_circuit_open",
    help: "1 while a destination is taken to be away, 0 while it is not.",
    labelNames: ["destination"],
    registers: [registry],
    collect() {
      this.reset();
      // A probe that runs has not closed it yet.
      for (const [destination, state] of circuits()) this.set({ destination }, state === "closed" ? 0 : 1);
    },
  });
  const backlog = gauge("backlog", "Events that are not processed yet.");
  const oldest = gauge("oldest_pending_seconds", "Age of the oldest event that is not processed yet.");
  const dead = gauge("dead_letters", "Events that were given up.");

  return {
    rejections,
    series,
    received(source, result) {
      received.add(1, isSource(source) ? source : NO_SOURCE, result);
      if (result === "accepted" || result === "duplicate") series.count(result);
    },
    acknowledged(seconds) {
      acks.observe(seconds);
      series.acknowledged(seconds);
    },
    processed(effect) {
      processed.add(1, effect);
      series.count("processed");
    },
    delivery: (destination, outcome) => attempts.add(1, destination, outcome),
    storeError: () => storeErrors.add(1),
    clockSkew: (source, seconds) => skew.set({ source }, seconds),
    rejected(rejection) {
      rejections.add(rejection);
      series.count("rejected");
    },
    async exposition() {
      const now = await gauges().catch(() => null);
      for (const metric of [backlog, oldest, dead]) metric.reset();
      if (now === null) for (const metric of [backlog, oldest, dead]) metric.remove();
      else {
        backlog.set(now.backlog);
        oldest.set(now.oldestPendingSeconds);
        dead.set(now.deadLetters);
      }
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };

  function gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `strongroom_${name}`, help, registers: [registry] });
  }
}

interface Tally {
  add(count: number, ...labels: string[]): void;
}

function createTally(registry: Registry, name: string, help: string, labelNames: readonly string[]): Tally {
  const counts = new Map<string, { readonly labels: Record<string, string>; value: number }>();
  new Counter({
    name: `strongroom_${name}`,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, value } of counts.values()) this.inc(labels, value);
    },
  });

  return {
    add(count, ...values) {
      const key = values.length === 1 ? (values[0] as string) : values.join("\n");
      const entry = counts.get(key);
      if (entry !== undefined) entry.value += count;
      else {
        const labels = Object.fromEntries(labelNames.map((label, i) => [label, values[i] ?? ""]));
        counts.set(key, { labels, value: count });
      }
    },
  };
}
