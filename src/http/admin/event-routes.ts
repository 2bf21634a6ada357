import { jsonText, readQuery } from "./answers.ts";
import { eventJson } from "./event-json.ts";
import { eventPage } from "./event-page.ts";
import type { AdminOperations } from "./operations.ts";
import { DEFAULT_LIMIT, EVENT_FILTER, PAGE } from "./parameters.ts";
import { problem } from "./problem.ts";
import type { AdminRoute } from "./route.ts";

/** Reading and deleting events. */
export function eventRoutes(operations: AdminOperations): AdminRoute[] {
  return [
    {
      method: "GET",
      path: "/api/events",
      needs: "read",
      doc: {
        summary: "Events, newest receipt first. A page may hold fewer than asked for; nextCursor says whether it ends.",
        query: { ...EVENT_FILTER, ...PAGE },
        answer: { status: 200, describe: "A page of events.", schema: "EventPage" },
      },
      async handle({ url }) {
        const query = readQuery(url, { ...EVENT_FILTER, ...PAGE });
        if (query instanceof Response) return query;
        const { cursor, limit = DEFAULT_LIMIT, ...filter } = query;
        return jsonText(200, await eventPage(operations, filter, cursor === undefined ? { limit } : { limit, cursor }));
      },
    },
    {
      method: "GET",
      path: "/api/events/{eventId}",
      needs: "read",
      doc: {
        summary: "One event with its attempts and its redacted payload.",
        answer: { status: 200, describe: "The event.", schema: "Event" },
        problems: [404],
      },
      async handle({ params: { eventId = "" } }) {
        const record = await operations.getEvent(eventId);
        if (record === null) return unknownEvent();
        return jsonText(200, eventJson(record, record.hasPayload ? await operations.payload(eventId) : null));
      },
    },
    {
      method: "GET",
      path: "/api/events/{eventId}/raw",
      needs: "read",
      doc: {
        summary: "The payload, byte for byte as it is stored: redacted where redaction found something.",
        answer: { status: 200, describe: "The bytes.", type: "application/octet-stream" },
        problems: [404, 410],
      },
      async handle({ params: { eventId = "" } }) {
        const payload = await operations.payload(eventId);
        if (payload !== null) return new Response(new Uint8Array(payload), { headers: DOWNLOAD });
        const known = (await operations.getEvent(eventId)) !== null;
        return known ? problem(410, "The payload was removed when its retention ended.") : unknownEvent();
      },
    },
    {
      method: "DELETE",
      path: "/api/events/{eventId}",
      needs: "operate",
      doc: {
        summary: "Deletes an event that is not waiting to be processed. The transaction it was applied to stays.",
        answer: { status: 204, describe: "It is gone." },
        problems: [404, 409],
      },
      async handle({ params: { eventId = "" }, principal }) {
        switch (await operations.deleteEvent(eventId, principal.name)) {
          case "deleted":
            return new Response(null, { status: 204 });
          case "in_progress":
            return problem(409, "The event is still to be processed.");
          case "unknown_event":
            return unknownEvent();
        }
      },
    },
  ];
}

export function unknownEvent(): Response {
  return problem(404, "There is no such event.");
}

// Whatever a provider sent must never be shown as a page.
const DOWNLOAD = {
  "content-type": "application/octet-stream",
  "content-disposition": 'attachment; filename="payload.bin"',
};
