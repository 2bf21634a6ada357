import { FINE_WINDOW_MS } from "../series.ts";
import { json, readQuery } from "./answers.ts";
import type { AdminOperations } from "./operations.ts";
import { AUDIT_PAGE, DEFAULT_LIMIT, REJECTIONS_PAGE, STATS_WINDOW } from "./parameters.ts";
import { badParameter } from "./problem.ts";
import type { AdminRoute } from "./route.ts";

/** What was refused, what was done by whom, and how much went on. */
export function observationRoutes(operations: AdminOperations): AdminRoute[] {
  return [
    {
      method: "GET",
      path: "/api/rejections",
      needs: "read",
      doc: {
        summary: "The last requests that were refused and why, newest first. Kept in memory, without payload.",
        query: REJECTIONS_PAGE,
        answer: { status: 200, describe: "The rejections.", schema: "RejectionPage" },
      },
      async handle({ url }) {
        const query = readQuery(url, REJECTIONS_PAGE);
        if (query instanceof Response) return query;
        return json(200, { items: await operations.rejections(query.limit ?? DEFAULT_LIMIT), nextCursor: null });
      },
    },
    {
      method: "GET",
      path: "/api/audit",
      needs: "read",
      doc: {
        summary: "The audit in its order, from after a record on: a hash chain, or, on AWS, the lines of a log.",
        query: AUDIT_PAGE,
        answer: { status: 200, describe: "A page of audit records.", schema: "AuditPage" },
      },
      async handle({ url }) {
        const query = readQuery(url, AUDIT_PAGE);
        if (query instanceof Response) return query;
        const { after, cursor, limit = DEFAULT_LIMIT } = query;
        if (after !== undefined && cursor !== undefined) return badParameter("cursor", "says the same as after");
        const items = await operations.audit(after ?? cursor ?? 0, limit);
        const last = items.at(-1);
        return json(200, { items, nextCursor: last !== undefined && items.length >= limit ? String(last.seq) : null });
      },
    },
    {
      method: "GET",
      path: "/api/stats",
      needs: "read",
      doc: {
        summary: "How much was accepted, refused and processed, and how fast, since the process started. In memory.",
        query: STATS_WINDOW,
        answer: { status: 200, describe: "Totals over the window and one point per step.", schema: "Stats" },
      },
      async handle({ url }) {
        const query = readQuery(url, STATS_WINDOW);
        if (query instanceof Response) return query;
        const window = query.window ?? FINE_WINDOW_MS;
        const step = query.step ?? defaultStep(window);
        const grain = window <= FINE_WINDOW_MS ? 1000 : 60_000;
        if (step % grain !== 0 || step > window) return badParameter("step", STEP_RULE);
        return json(200, { windowMs: window, stepMs: step, ...(await operations.stats(window, step)) });
      },
    },
  ];
}

const STEP_RULE =
  "has to be whole seconds for a window of up to 15m, whole minutes beyond, and no longer than the window";

function defaultStep(window: number): number {
  if (window <= 60_000) return 1000;
  if (window <= FINE_WINDOW_MS) return 10_000;
  return window <= 2 * 60 * 60_000 ? 60_000 : 10 * 60_000;
}
