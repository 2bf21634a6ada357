import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { answerTo, errorBody, JSON_TYPE, type RefusalReason } from "./answer.ts";
import { type Exchange, NO_SOURCE } from "./exchange.ts";
import type { Refusing } from "./refuse.ts";

/**
 * Answers what Node's parser could not read or gave up on: broken framing 400, headers over the limit 431, a head that
 * took too long 408. The answer never gets between the answers to earlier requests on the same connection.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex, context: Refusing): void {
  const reason = reasonOf(error.code);
  const exchange = lastOn(socket, context.exchanges);
  if (!socket.writable || error.code === "ECONNRESET") socket.destroy();
  else if (exchange === null) answerRaw(reason, socket, context);
  else if (exchange.answered) socket.destroy();
  // The broken request came behind one that is complete: that one is still answered, then the connection ends.
  else if (exchange.req.complete) exchange.res.shouldKeepAlive = false;
  else exchange.interrupt?.(reason === "slow_body" ? "slow_body" : "bad_request");
}

/** Writes an answer to a socket that no parsed request owns, and closes it. */
export function answerRaw(reason: RefusalReason, socket: Duplex, context: Refusing): void {
  // The parser reports each further packet of a broken stream again.
  if (socket.writableEnded) return;
  const { status, code } = answerTo(reason);
  const requestId = randomUUID();
  const body = errorBody(code, requestId);
  socket.end(
    `HTTP/1.1 ${status} ${code}\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: ${body.length}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
  // Not at once: closing over bytes that are still coming in resets the connection and destroys the answer.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
  context.metrics.received(NO_SOURCE, "refused");
  context.metrics.rejected({
    at: new Date(context.clock.now()).toISOString(),
    source: NO_SOURCE,
    requestId,
    status,
    code,
    reason,
    remoteAddress: "remoteAddress" in socket ? ((socket.remoteAddress as string | undefined) ?? null) : null,
    bodyBytes: null,
  });
}

const LINGER_MS = 500;

function reasonOf(code: string | undefined): RefusalReason {
  if (code === "HPE_HEADER_OVERFLOW") return "headers_too_large";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "slow_body";
  return code === "HPE_CHUNK_EXTENSIONS_OVERFLOW" ? "body_too_large" : "bad_request";
}

function lastOn(socket: Duplex, exchanges: ReadonlySet<Exchange>): Exchange | null {
  let last: Exchange | null = null;
  for (const exchange of exchanges) if (exchange.req.socket === socket) last = exchange;
  return last;
}
