import { json, readQuery } from "./answers.ts";
import { unknownEvent } from "./event-routes.ts";
import type { AdminOperations, BulkFilter } from "./operations.ts";
import { BULK_FILTER, DRY_RUN } from "./parameters.ts";
import { problem } from "./problem.ts";
import { readBulkRequest } from "./read-filter.ts";
import type { AdminCall, AdminRoute } from "./route.ts";

/** Having events processed again: replay for any, redrive for the dead. */
export function requeueRoutes(operations: AdminOperations): AdminRoute[] {
  return [
    {
      method: "POST",
      path: "/api/events/{eventId}/replay",
      needs: "operate",
      doc: {
        summary: "Has an event processed again under the same id; the ledger's rules make the effect the same.",
        query: DRY_RUN,
        answer: { status: 202, describe: "What was queued.", schema: "Queued" },
        problems: [404],
      },
      async handle({ url, params: { eventId = "" }, principal }) {
        const query = readQuery(url, DRY_RUN);
        if (query instanceof Response) return query;
        if (query.dryRun === "true") {
          const known = (await operations.getEvent(eventId)) !== null;
          return known ? json(200, { wouldQueue: [eventId], more: false }) : unknownEvent();
        }
        const result = await operations.replay(eventId, principal.name);
        if (result === "unknown_event") return unknownEvent();
        const ids = [eventId];
        return json(202, { queued: result === "queued" ? ids : [], alreadyQueued: result === "queued" ? [] : ids });
      },
    },
    {
      method: "POST",
      path: "/api/events/replay",
      needs: "operate",
      doc: {
        summary: "Has the events that match processed again. At least one field of the filter is needed.",
        query: { ...BULK_FILTER, ...DRY_RUN },
        body: { ...BULK_FILTER, ...DRY_RUN },
        answer: { status: 202, describe: "What was queued; call again while more is true.", schema: "Queued" },
        problems: [413],
      },
      async handle(call) {
        const read = await readBulkRequest(call);
        if (read instanceof Response) return read;
        const { dryRun, ...filter } = read;
        if (Object.keys(filter).length === 0) return problem(400, "A replay of several events needs a filter.");
        if (dryRun === "true") return wouldQueue(filter, "any");
        return json(202, await operations.replayAll(filter, call.principal.name));
      },
    },
    {
      method: "POST",
      path: "/api/dead-letters/{eventId}/redrive",
      needs: "operate",
      doc: {
        summary: "Has a dead event processed again.",
        answer: { status: 202, describe: "What was queued.", schema: "Queued" },
        problems: [404, 409],
      },
      handle: redriveOne,
    },
    {
      method: "POST",
      path: "/api/dead-letters/redrive",
      needs: "operate",
      doc: {
        summary: "Has the dead events that match processed again; without a filter all of them.",
        query: { ...BULK_FILTER, ...DRY_RUN },
        body: { ...BULK_FILTER, ...DRY_RUN },
        answer: { status: 202, describe: "What was queued; call again while more is true.", schema: "Queued" },
        problems: [413],
      },
      async handle(call) {
        const read = await readBulkRequest(call);
        if (read instanceof Response) return read;
        const { dryRun, ...filter } = read;
        if (dryRun === "true") return wouldQueue(filter, "dead");
        return json(202, await operations.redriveAll(filter, call.principal.name));
      },
    },
  ];

  async function redriveOne({ params: { eventId = "" }, principal }: AdminCall): Promise<Response> {
    switch (await operations.redrive(eventId, principal.name)) {
      case "queued":
        return json(202, { queued: [eventId], alreadyQueued: [] });
      case "not_dead":
        return problem(409, "The event is not dead.");
      case "unknown_event":
        return unknownEvent();
    }
  }

  /** Says which events a bulk call would queue: the newest 500 of them. */
  async function wouldQueue(filter: BulkFilter, which: "any" | "dead"): Promise<Response> {
    const { items, nextCursor } = await operations.listEvents(
      which === "dead" ? { ...filter, status: "dead" } : filter,
      {
        limit: 500,
      },
    );
    return json(200, { wouldQueue: items.map(({ event }) => event.eventId), more: nextCursor !== null });
  }
}
