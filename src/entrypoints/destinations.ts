import { openHttpAnnouncer } from "../adapters/embedded/announce/http-announcer.ts";
import type { EmbeddedStore } from "../adapters/embedded/sqlite/store.ts";
import type { Config } from "../config/config.ts";
import { startAnnouncing } from "../pipeline/announce.ts";
import type { CircuitState } from "../pipeline/circuit.ts";
import type { Alerts } from "../ports/alerts.ts";
import type { Clock } from "../ports/clock.ts";
import type { Metrics } from "../ports/metrics.ts";
import { samplers } from "../providers/samples/index.ts";

export interface DestinationParts {
  readonly config: Config;
  readonly store: EmbeddedStore;
  readonly alerts: Alerts;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
}

export interface Destinations {
  /** Null when nothing is known of it yet. */
  circuit(destination: string): CircuitState | null;
  stop(): Promise<void>;
}

/** Tells every configured destination what the outbox holds for it. */
export function startDestinations(parts: DestinationParts): Destinations {
  const { config, store, clock } = parts;
  const destinations = Object.values(config.destinations);
  const announcer = openHttpAnnouncer({
    destinations,
    clock,
    async payload(eventId) {
      const [record, payload] = await Promise.all([store.events.get(eventId), store.events.payload(eventId)]);
      return record === null || payload === null ? null : { payload, headers: record.headers };
    },
    resign({ source, secret, body, now }) {
      const configured = config.sources[source];
      const sampler = configured === undefined ? undefined : samplers[configured.provider];
      if (configured === undefined || sampler === undefined) return {};
      return sampler.sign(body, { secret, settings: configured.settings, now });
    },
  });
  const loops = new Map(
    destinations.map((destination) => [
      destination.name,
      startAnnouncing({
        outbox: store.outbox,
        announcer,
        alerts: parts.alerts,
        metrics: parts.metrics,
        clock,
        destination: destination.name,
        retry: destination.retry,
        concurrency: destination.concurrency,
        rateLimitPerSecond: destination.rateLimitPerSecond,
        pause: parts.pause,
      }),
    ]),
  );
  return {
    circuit: (destination) => loops.get(destination)?.circuit() ?? null,
    async stop() {
      await Promise.all([...loops.values()].map((loop) => loop.stop()));
      announcer.close();
    },
  };
}
