import { Histogram, type Registry } from "prom-client";

const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** `strongroom_ack_seconds`, counted in a plain array because each `observe` of the library costs as much as a hash. */
export interface AckHistogram {
  /** Counts one acknowledgement. Seconds. */
  observe(seconds: number): void;
}

export function createAckHistogram(registry: Registry): AckHistogram {
  const counts = new Float64Array(BOUNDS.length + 1);
  let sum = 0;
  const metric = { name: "strongroom_ack_seconds", help: "Seconds from a delivery's arrival to its acknowledgement." };
  const histogram = new Histogram({ ...metric, buckets: BOUNDS, registers: [registry] });
  // What the registry asks for its values when it writes text; the library's own answer would be made of `observe`s.
  Object.assign(histogram, {
    getForPromString: async () => ({ ...metric, type: "histogram", aggregator: "sum", values: valuesOf(counts, sum) }),
  });

  return {
    observe(seconds) {
      let bucket = 0;
      while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] as number)) bucket++;
      counts[bucket] = (counts[bucket] as number) + 1;
      sum += seconds;
    },
  };
}

function valuesOf(counts: Float64Array, sum: number) {
  let total = 0;
  const buckets = Array.from(counts, (count, i) => {
    total += count;
    return {
      metricName: "strongroom_ack_seconds_bucket",
      labels: { le: BOUNDS[i] ?? "+Inf" },
      sharedLabels: {},
      value: total,
    };
  });
  return [
    ...buckets,
    { metricName: "strongroom_ack_seconds_sum", labels: {}, sharedLabels: {}, value: sum },
    { metricName: "strongroom_ack_seconds_count", labels: {}, sharedLabels: {}, value: total },
  ];
}
