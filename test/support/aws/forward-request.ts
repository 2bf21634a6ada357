import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { WireAnswer } from "./service-error.ts";

/** Of one connection only, or no longer true of a body that was read whole. */
const NOT_PASSED_ON = ["connection", "expect", "host", "keep-alive", "transfer-encoding"];

/**
 * Sends a request, with this body, to another server and gives its answer.
 */
export async function forward(
  target: string,
  incoming: Pick<IncomingMessage, "method" | "url" | "headers">,
  body: Buffer,
): Promise<WireAnswer> {
  const headers = passedOn(incoming.headers);
  // A connection of its own: one kept open can break just when it is used again, and that would look like a fault.
  const outgoing = httpRequest(new URL(incoming.url ?? "/", target), {
    method: incoming.method ?? "POST",
    agent: false,
    headers: { ...headers, "content-length": String(body.length) },
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const received = Buffer.concat(await answer.toArray());
  return { status: answer.statusCode ?? 500, headers: passedOn(answer.headers), body: received };
}

function passedOn(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !NOT_PASSED_ON.includes(name))
      .map(([name, value]) => [name, String(value)]),
  );
}
