import type { IncomingMessage } from "node:http";
import type { Deadlines } from "./deadlines.ts";

/** Why there is no body: it is over the limit, it took too long, its framing is broken, or the client went away. */
export type NoBody = "body_too_large" | "slow_body" | "bad_request" | "aborted";

export interface BodyReading {
  /** Ends the reading now. Does nothing once the reading is over. */
  interrupt(why: "bad_request" | "slow_body"): void;
}

/**
 * Reads a body of at most `maxBytes`, within the limit of `deadlines`. `done` is called once.
 * `declared` is the `Content-Length`, or null for a chunked body.
 */
export function readBody(
  req: IncomingMessage,
  maxBytes: number,
  declared: number | null,
  deadlines: Deadlines,
  done: (body: Buffer | NoBody) => void,
): BodyReading {
  let chunks: Buffer[] | null = null;
  let first: Buffer | null = null;
  let bytes = 0;
  let over = false;

  const timed = { expire: () => finish("slow_body") };
  deadlines.start(timed);
  req.on("data", (chunk: Buffer) => {
    if (over) return;
    bytes += chunk.length;
    if (bytes > maxBytes) finish("body_too_large");
    else if (first === null) first = chunk;
    else if (chunks === null) chunks = [first, chunk];
    else chunks.push(chunk);
  });
  req.on("end", () => finish(first === null ? EMPTY : chunks === null ? first : Buffer.concat(chunks, bytes)));
  req.on("close", () => finish("aborted"));
  req.on("error", ignore);

  return { interrupt: finish };

  function finish(body: Buffer | NoBody): void {
    if (over) return;
    over = true;
    deadlines.stop(timed);
    first = null;
    chunks = null;
    // Node keeps to a declared length itself; this is the guard should that ever change.
    const cut = declared !== null && typeof body !== "string" && body.length !== declared;
    done(cut ? "bad_request" : body);
  }
}

const EMPTY = Buffer.alloc(0);

// The end of the connection is reported by "close" as well; without a listener nothing may become an uncaught error.
function ignore(): void {}
