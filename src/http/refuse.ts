import { randomUUID } from "node:crypto";
import type { Clock } from "../ports/clock.ts";
import type { Metrics, Rejection } from "../ports/metrics.ts";
import { answerTo, errorBody, JSON_TYPE, type RefusalReason } from "./answer.ts";
import type { Exchange, Exchanges } from "./exchange.ts";

export interface Refusing {
  readonly exchanges: Exchanges;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** True once no new requests are wanted. */
  readonly closing: () => boolean;
  /** Called with each refusal, after it was counted. */
  readonly onRefused?: (rejection: Rejection) => void;
}

export interface Refusal {
  readonly reason: RefusalReason;
  /** How it counts in `strongroom_received_total`; absent when the pipeline has counted it. */
  readonly counts?: "refused" | "unavailable";
  /** Length of the body as far as it is known. */
  readonly bodyBytes?: number;
  /** Overrides the answer's own `Retry-After`; milliseconds. */
  readonly retryAfterMs?: number;
  /** For `Allow`. */
  readonly allow?: string;
  /**
   * What becomes of a body that was not read: `keep` lets the rest in and keeps the connection, `close` lets some of
   * it in so that the client sees the answer instead of a reset.
   */
  readonly unread?: "keep" | "close";
}

/** Answers a request with an error, counts it and remembers it. Gives the request id that the answer bears. */
export function refuse(exchange: Exchange, refusal: Refusal, context: Refusing): string {
  const { req, res } = exchange;
  const answer = answerTo(refusal.reason);
  const requestId = randomUUID();
  exchange.answered = true;
  report(exchange, refusal, requestId, context);
  if (res.destroyed) {
    context.exchanges.delete(exchange);
    return requestId;
  }
  const body = errorBody(answer.code, requestId);
  const retryAfter = refusal.retryAfterMs === undefined ? answer.retryAfter : Math.ceil(refusal.retryAfterMs / 1000);
  if (refusal.unread === "close" || context.closing()) res.shouldKeepAlive = false;
  res.writeHead(answer.status, {
    "Content-Type": JSON_TYPE,
    "Content-Length": body.length,
    ...(retryAfter === undefined ? {} : { "Retry-After": String(Math.max(1, retryAfter)) }),
    ...(refusal.allow === undefined ? {} : { Allow: refusal.allow }),
  });
  if (refusal.unread === undefined || req.complete || req.method === "HEAD") {
    res.end(body);
    context.exchanges.delete(exchange);
  } else {
    res.write(body);
    letInTheRest(exchange, () => context.exchanges.delete(exchange));
  }
  return requestId;
}

function report(exchange: Exchange, refusal: Refusal, requestId: string, context: Refusing): void {
  const { status, code } = answerTo(refusal.reason);
  const rejection = {
    at: new Date(context.clock.now()).toISOString(),
    source: exchange.sourceName,
    requestId,
    status,
    code,
    reason: refusal.reason,
    remoteAddress: exchange.req.socket.remoteAddress ?? null,
    bodyBytes: refusal.bodyBytes ?? null,
  };
  if (refusal.counts !== undefined) context.metrics.received(exchange.sourceName, refusal.counts);
  context.metrics.rejected(rejection);
  context.onRefused?.(rejection);
}

// The whole answer is on its way; the connection stays open a little so that closing it does not destroy the answer.
const REST_BYTES = 1024 * 1024;
const REST_MS = 1000;

function letInTheRest({ req, res }: Exchange, over: () => void): void {
  let bytes = 0;
  const timer = setTimeout(stop, REST_MS);
  timer.unref();
  req.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > REST_BYTES) stop();
  });
  req.on("end", stop);
  req.on("close", stop);
  req.on("error", stop);

  function stop(): void {
    clearTimeout(timer);
    if (res.writableEnded) return;
    over();
    res.end(() => {
      if (!req.complete) req.socket.destroy();
    });
  }
}
