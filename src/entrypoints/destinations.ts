import { openHttpAnnouncer } from "../adapters/embedded/announce/http-announcer.ts";
import type { EmbeddedStore } from "../adapters/embedded/sqlite/store.ts";
import type { Config } from "../config/config.ts";
import { startAnnouncing } from "../pipeline/announce.ts";
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

/** Tells every configured destination what the outbox holds for it. Gives the function that stops all of them. */
export function startDestinations(parts: DestinationParts): () => Promise<void> {
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
  const loops = destinations.map((destination) =>
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
  );
  return async () => {
    await Promise.all(loops.map((loop) => loop.stop()));
    announcer.close();
  };
}
