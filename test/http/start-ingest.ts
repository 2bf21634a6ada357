import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Delivery, Provider } from "../../src/domain/provider.ts";
import type { Source } from "../../src/domain/source.ts";
import { createIngestServer, type IngestDeps } from "../../src/http/ingest.ts";
import { createMetrics } from "../../src/http/metrics.ts";

export const systemClock = { now: () => Date.now(), monotonic: () => performance.now() };

/** An ingest listener on a free port of loopback with the sources `stripe` and `shop-eu`, ended with the test. */
export async function startIngest(over: Partial<IngestDeps> = {}) {
  const sources = new Map(["stripe", "shop-eu"].map((name) => [name, source(name)]));
  const deliveries: { readonly source: string; readonly delivery: Delivery }[] = [];
  const faults: unknown[] = [];
  const metrics = createMetrics({
    clock: systemClock,
    isSource: (name) => sources.has(name),
    gauges: async () => ({ backlog: 3, oldestPendingSeconds: 1.5, deadLetters: 2 }),
  });
  const server = createIngestServer({
    sources: () => sources,
    limits: () => ({ maxBodyBytes: 1024, rateLimit: { perSecond: 1000, burst: 2000 } }),
    receive: async (from, delivery) => {
      deliveries.push({ source: from.name, delivery });
      return { kind: "accepted", eventId: `${from.name}:evt_${deliveries.length}`, duplicate: false, reply: null };
    },
    metrics,
    clock: systemClock,
    onFault: (error) => void faults.push(error),
    ...over,
  });
  const { port }: AddressInfo = await server.listen("127.0.0.1", 0);
  onTestFinished(() => server.close(0));
  return { server, port, url: `http://127.0.0.1:${port}`, deliveries, metrics, faults };
}

function source(name: string): Source {
  // The listener looks at nothing but the name.
  return { name, provider: {} as Provider, settings: {}, secrets: () => ["unused"] };
}
