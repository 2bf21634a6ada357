import type { Clock } from "../../../ports/clock.ts";
import type { Metrics, Rejection } from "../../../ports/metrics.ts";

export interface EmfMetricsParts {
  readonly clock: Pick<Clock, "now">;
  /** Dimensions that every metric has besides its own labels, such as the deployment's name. @default none */
  readonly dimensions?: Readonly<Record<string, string>>;
  /** A refused delivery is no number: it belongs into the log. */
  readonly onRejected: (rejection: Rejection) => void;
  /** Takes one line without its end. @default standard output */
  readonly write?: (line: string) => void;
}

/** The `Metrics` port of one function. */
export interface EmfMetrics extends Metrics {
  /** How full the inbox is right now. `oldestPendingSeconds` is 0 when nothing waits. */
  gauges(now: { readonly backlog: number; readonly oldestPendingSeconds: number; readonly deadLetters: number }): void;
  /** Writes what was counted since the last time, at the end of each invocation. */
  flush(): void;
}

const NAMESPACE = "Strongroom";
/** As many values as CloudWatch takes for one metric of one line. */
const MOST_VALUES = 100;

interface Series {
  readonly name: string;
  readonly unit: "Count" | "Seconds";
  readonly labels: Readonly<Record<string, string>>;
  values: number[];
}

/**
 * Writes metrics as lines of the CloudWatch Embedded Metric Format, from which CloudWatch Logs makes metrics without a
 * call of ours: counters summed up per invocation, times one by one, gauges as last seen. Each set of labels is a line.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function openEmfMetrics(parts: EmfMetricsParts): EmfMetrics {
  const { clock, dimensions = {}, write = toStdout } = parts;
  const series = new Map<string, Series>();

  return {
    received: (source, result) => count("received_total", { source, result }),
    acknowledged: (seconds) => find("ack_seconds", "Seconds", {}).values.push(seconds),
    processed: (effect) => count("processed_total", { effect }),
    delivery: (destination, outcome) => count("delivery_attempts_total", { destination, outcome }),
    storeError: () => count("store_errors_total", {}),
    clockSkew: (source, seconds) => set("clock_skew_seconds", "Seconds", seconds, { source }),
    rejected: parts.onRejected,
    gauges({ backlog, oldestPendingSeconds, deadLetters }) {
      set("backlog", "Count", backlog, {});
      set("oldest_pending_seconds", "Seconds", oldestPendingSeconds, {});
      set("dead_letters", "Count", deadLetters, {});
    },
    flush() {
      const timestamp = clock.now();
      for (const group of byLabels(series.values())) {
        for (let from = 0; group.some(({ values }) => values.length > from); from += MOST_VALUES) {
          const part = group.filter(({ values }) => values.length > from);
          write(emfLine(part, from, dimensions, timestamp));
        }
      }
      series.clear();
    },
  };

  function count(name: string, labels: Series["labels"]): void {
    const { values } = find(name, "Count", labels);
    values[0] = (values[0] ?? 0) + 1;
  }

  function set(name: string, unit: Series["unit"], value: number, labels: Series["labels"]): void {
    find(name, unit, labels).values = [value];
  }

  function find(name: string, unit: Series["unit"], labels: Series["labels"]): Series {
    const key = [name, ...Object.values(labels)].join("\n");
    const found = series.get(key) ?? { name: `strongroom_${name}`, unit, labels, values: [] };
    series.set(key, found);
    return found;
  }
}

/** Series with the same labels can share a line. */
function byLabels(all: Iterable<Series>): readonly (readonly Series[])[] {
  const groups = new Map<string, Series[]>();
  for (const one of all) {
    const key = JSON.stringify(one.labels);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function emfLine(
  group: readonly Series[],
  from: number,
  dimensions: Readonly<Record<string, string>>,
  timestamp: number,
): string {
  const labels = { ...dimensions, ...group[0]?.labels };
  const values = group.map(({ name, values }) => {
    const part = values.slice(from, from + MOST_VALUES);
    return [name, part.length === 1 ? part[0] : part] as const;
  });
  return JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [Object.keys(labels)],
          Metrics: group.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    ...labels,
    ...Object.fromEntries(values),
  });
}

function toStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}
