import type { DestinationConfig } from "../config/config.ts";
import type { Destination } from "../http/admin/operations.ts";
import { type CircuitState, circuitAfter } from "../pipeline/circuit.ts";
import type { DestinationStanding } from "../ports/announcer.ts";

/** The configured destinations as operators see them, by name. Nothing that could be a secret is left in. */
export function describeDestinations(
  configured: readonly DestinationConfig[],
  standings: readonly DestinationStanding[],
  circuit: (destination: string) => CircuitState | null,
): readonly Destination[] {
  return configured
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, url, format, events, sources }) => {
      const standing = standings.find((one) => one.destination === name);
      return {
        name,
        url: shownUrl(url),
        format,
        events: events ?? null,
        sources: sources ?? null,
        pending: standing?.pending ?? 0,
        oldestPendingAt: standing?.oldestPendingAt ?? null,
        paused: standing?.paused ?? false,
        circuit: circuit(name) ?? circuitAfter(standing?.failuresInRow ?? 0),
        lastDeliveredAt: standing?.lastDeliveredAt ?? null,
        lastError: standing?.lastError ?? null,
        delivered: standing?.delivered ?? 0,
        failed: standing?.failed ?? 0,
        abandoned: standing?.abandoned ?? 0,
      };
    });
}

function shownUrl(text: string): string {
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname}`;
}
