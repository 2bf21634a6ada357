import { json } from "./answers.ts";
import type { AdminOperations } from "./operations.ts";
import { problem } from "./problem.ts";
import type { AdminCall, AdminRoute } from "./route.ts";

/** How the configured destinations stand, and holding one back for a while. */
export function destinationRoutes(operations: AdminOperations): AdminRoute[] {
  return [
    {
      method: "GET",
      path: "/api/destinations",
      needs: "read",
      doc: {
        summary: "Every configured destination: what waits for it, what became of the rest, and whether it answers.",
        answer: { status: 200, describe: "The destinations by name.", schema: "DestinationPage" },
      },
      handle: async () => json(200, { items: await operations.listDestinations(), nextCursor: null }),
    },
    {
      method: "POST",
      path: "/api/destinations/{name}/pause",
      needs: "operate",
      doc: {
        summary: "Sends it nothing more until it is resumed, restarts included. Requests that run are finished.",
        answer: { status: 200, describe: "The destination as it is now.", schema: "Destination" },
        problems: [404],
      },
      handle: (call) => change(call, operations.pauseDestination),
    },
    {
      method: "POST",
      path: "/api/destinations/{name}/resume",
      needs: "operate",
      doc: {
        summary: "Sends it what waits. What was abandoned stays abandoned; a replay announces such an event anew.",
        answer: { status: 200, describe: "The destination as it is now.", schema: "Destination" },
        problems: [404],
      },
      handle: (call) => change(call, operations.resumeDestination),
    },
  ];

  async function change(
    { params: { name = "" }, principal }: AdminCall,
    what: AdminOperations["pauseDestination"],
  ): Promise<Response> {
    const destination = await what(name, principal.name);
    return destination === null ? problem(404, "There is no such destination.") : json(200, destination);
  }
}
