import type { IncomingMessage, ServerResponse } from "node:http";
import type { IngestConfig } from "../config/config.ts";
import { StoreError } from "../domain/errors.ts";
import type { ReceiveOutcome } from "../domain/outcome.ts";
import type { Delivery } from "../domain/provider.ts";
import type { Source } from "../domain/source.ts";
import type { Receive } from "../pipeline/receive.ts";
import { acknowledgement, JSON_TYPE } from "./answer.ts";
import type { Deadlines } from "./deadlines.ts";
import { deliveryHeaders } from "./delivery-headers.ts";
import { type Exchange, NO_SOURCE } from "./exchange.ts";
import { type NoBody, readBody } from "./read-body.ts";
import { type Refusal, type Refusing, refuse } from "./refuse.ts";
import type { TokenBuckets } from "./token-buckets.ts";

export interface IngestRequests extends Refusing {
  readonly sources: () => ReadonlyMap<string, Source>;
  readonly receive: Receive;
  readonly limits: () => Pick<IngestConfig, "maxBodyBytes" | "rateLimit">;
  readonly buckets: TokenBuckets;
  readonly deadlines: Deadlines;
  readonly onAccepted?: (eventId: string, duplicate: boolean) => void;
  readonly onFault: (error: unknown, requestId: string) => void;
}

/** `wait`: the client sends its body only after a `100 Continue`. */
export type Expectation = "none" | "wait" | "unknown";

/**
 * Takes one request through the checks in their order: path, method, framing and rate, size, then the pipeline over
 * the raw bytes. Nothing about the content type is judged. Any `Content-Encoding`, `identity` included, is refused:
 * what was signed are the bytes before it.
 */
export function takeRequest(req: IncomingMessage, res: ServerResponse, expects: Expectation, context: IngestRequests) {
  const startedAt = context.clock.monotonic();
  const url = req.url ?? "";
  const name = sourceNameIn(url);
  const source = name === null ? null : (context.sources().get(name) ?? null);
  const sourceName = name !== null && (source !== null || SOURCE_NAME.test(name)) ? name : NO_SOURCE;
  const exchange: Exchange = { req, res, sourceName, startedAt, answered: false, interrupt: null };
  context.exchanges.add(exchange);

  if (source === null) return isLivez(url) ? answerLivez(exchange, context) : turnAway({ reason: "unknown_source" });
  if (req.method !== "POST") return turnAway({ reason: "method_not_allowed", allow: "POST" });
  const limits = context.limits();
  const retryAfterMs = context.buckets.take(source.name, limits.rateLimit);
  if (retryAfterMs > 0) return turnAway({ reason: "rate_limited", retryAfterMs });
  const headers = deliveryHeaders(req.rawHeaders);
  if (isBadlyFramed(req, headers)) return turnAway({ reason: "bad_request" });
  if (expects === "unknown") return turnAway({ reason: "expectation_failed" });
  if (headers["content-encoding"]) return turnAway({ reason: "content_encoding" });
  const declared = declaredLength(headers);
  if (declared !== null && declared > limits.maxBodyBytes) {
    return turnAway({ reason: "body_too_large", bodyBytes: declared });
  }

  if (expects === "wait") res.writeContinue();
  const reading = readBody(req, limits.maxBodyBytes, declared, context.deadlines, (body) =>
    typeof body === "string"
      ? giveUpReading(exchange, body, context)
      : void hand(exchange, source, { headers, body, url }, context),
  );
  exchange.interrupt = reading.interrupt;

  function turnAway(refusal: Refusal): void {
    const small = expects === "none" && Number(req.headers["content-length"] ?? Number.NaN) <= SMALL_BODY;
    const unread = !hasBody(req) ? undefined : small ? "keep" : "close";
    refuse(exchange, { counts: "refused", ...refusal, ...(unread === undefined ? {} : { unread }) }, context);
  }
}

const PREFIX = "/webhooks/";
const SOURCE_NAME = /^[a-z0-9-]{1,40}$/;
// Below this the rest of a refused body costs less than a new connection.
const SMALL_BODY = 256 * 1024;

// The path is compared as it was sent: nothing is decoded, folded or trimmed, so nothing can be smuggled past it.
function sourceNameIn(url: string): string | null {
  if (!url.startsWith(PREFIX)) return null;
  const query = url.indexOf("?", PREFIX.length);
  return query === -1 ? url.slice(PREFIX.length) : url.slice(PREFIX.length, query);
}

function isLivez(url: string): boolean {
  return url === "/livez" || url.startsWith("/livez?");
}

function answerLivez(exchange: Exchange, context: IngestRequests): void {
  const { req, res } = exchange;
  if (req.method !== "GET" && req.method !== "HEAD") {
    const unread = hasBody(req) ? ({ unread: "close" } as const) : {};
    refuse(exchange, { counts: "refused", reason: "method_not_allowed", allow: "GET, HEAD", ...unread }, context);
    return;
  }
  context.exchanges.delete(exchange);
  if (context.closing()) res.shouldKeepAlive = false;
  res.writeHead(200, { "Content-Type": JSON_TYPE, "Content-Length": 15 });
  res.end('{"status":"ok"}');
}

// What Node's parser lets through: no host or two of them, codings other than chunked, chunks in HTTP/1.0.
function isBadlyFramed(req: IncomingMessage, headers: Delivery["headers"]): boolean {
  if (typeof headers.host !== "string" && (req.httpVersionMinor !== 0 || headers.host !== undefined)) return true;
  const coding = headers["transfer-encoding"];
  if (coding === undefined) return false;
  return typeof coding !== "string" || coding.toLowerCase() !== "chunked" || req.httpVersionMinor === 0;
}

function hasBody(req: IncomingMessage): boolean {
  const length = req.headers["content-length"];
  return req.headers["transfer-encoding"] !== undefined || (length !== undefined && Number(length) > 0);
}

function declaredLength(headers: Delivery["headers"]): number | null {
  const length = headers["content-length"];
  if (length !== undefined) return Number(length);
  return headers["transfer-encoding"] === undefined ? 0 : null;
}

function giveUpReading(exchange: Exchange, why: NoBody, context: IngestRequests): void {
  exchange.interrupt = null;
  if (why === "aborted") {
    context.exchanges.delete(exchange);
    return;
  }
  if (why !== "body_too_large") exchange.res.shouldKeepAlive = false;
  const unread = why === "body_too_large" ? ({ unread: "close" } as const) : {};
  refuse(exchange, { counts: "refused", reason: why, ...unread }, context);
}

async function hand(exchange: Exchange, source: Source, delivery: Delivery, context: IngestRequests): Promise<void> {
  exchange.interrupt = null;
  const bodyBytes = delivery.body.length;
  let outcome: ReceiveOutcome;
  try {
    outcome = await context.receive(source, delivery);
  } catch (error) {
    if (error instanceof StoreError) context.metrics.storeError();
    const reason = error instanceof StoreError ? "store_unavailable" : "internal";
    context.onFault(error, refuse(exchange, { counts: "unavailable", reason, bodyBytes }, context));
    return;
  }
  if (outcome.kind === "accepted") acknowledge(exchange, outcome, context);
  else refuse(exchange, { reason: outcome.reason, bodyBytes }, context);
}

function acknowledge(
  exchange: Exchange,
  outcome: Extract<ReceiveOutcome, { readonly kind: "accepted" }>,
  context: IngestRequests,
): void {
  const { res } = exchange;
  context.exchanges.delete(exchange);
  if (!res.destroyed) {
    const { contentType, body } = acknowledgement(outcome);
    if (context.closing()) res.shouldKeepAlive = false;
    res.writeHead(200, { "Content-Type": contentType, "Content-Length": Buffer.byteLength(body) });
    res.end(body);
  }
  context.metrics.acknowledged((context.clock.monotonic() - exchange.startedAt) / 1000);
  context.onAccepted?.(outcome.eventId, outcome.duplicate);
}
