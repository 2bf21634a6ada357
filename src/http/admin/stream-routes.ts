import type { Feed } from "../feed.ts";
import { noticeStream } from "./notice-stream.ts";
import { problem } from "./problem.ts";
import type { AdminRoute } from "./route.ts";

/** Following what happens. `shutdown` ends every stream, so that none keeps the process from stopping. */
export function streamRoutes(feed: Feed, shutdown: AbortSignal): AdminRoute[] {
  let open = 0;
  return [
    {
      method: "GET",
      path: "/api/stream",
      needs: "read",
      doc: {
        summary: "What is accepted, processed, quarantined, given up and refused from now on, without payload.",
        answer: { status: 200, describe: "Server-sent events.", type: "text/event-stream", schema: "Notice" },
        problems: [503],
      },
      handle() {
        if (open >= MAX_STREAMS)
          return problem(503, "Too many streams are open.", { headers: { "retry-after": "10" } });
        open++;
        const stream = noticeStream(feed, shutdown, () => {
          open--;
        });
        return new Response(stream, { headers: { "content-type": "text/event-stream" } });
      },
    },
  ];
}

const MAX_STREAMS = 100;
