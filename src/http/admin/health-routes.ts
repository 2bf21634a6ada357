import type { InboxMetrics } from "../metrics.ts";
import { json } from "./answers.ts";
import { problem } from "./problem.ts";
import { createReadiness, type ReadinessDeps } from "./readiness.ts";
import type { AdminRoute } from "./route.ts";

/** What probes and scrapers ask: no token, no payload data. */
export function healthRoutes(
  deps: ReadinessDeps & { readonly metrics: Pick<InboxMetrics, "exposition"> },
): AdminRoute[] {
  const readiness = createReadiness(deps);
  return [
    {
      method: "GET",
      path: "/livez",
      needs: "nothing",
      doc: { summary: "The process runs.", answer: { status: 200, describe: "It does.", schema: "Health" } },
      handle: () => json(200, { status: "ok" }),
    },
    {
      method: "GET",
      path: "/readyz",
      needs: "nothing",
      doc: {
        summary: "Deliveries can be taken: a durable write succeeds, the disk is above its floor, nothing is stopping.",
        answer: { status: 200, describe: "They can.", schema: "Health" },
      },
      async handle() {
        const { ready, checks } = await readiness();
        return ready ? json(200, { status: "ready", checks }) : problem(503, "Not ready for deliveries.", { checks });
      },
    },
    {
      method: "GET",
      path: "/metrics",
      needs: "nothing",
      doc: {
        summary: "Metrics in the Prometheus text format.",
        answer: { status: 200, describe: "The metrics.", type: "text/plain" },
      },
      async handle() {
        const { contentType, text } = await deps.metrics.exposition();
        return new Response(text, { headers: { "content-type": contentType } });
      },
    },
  ];
}
