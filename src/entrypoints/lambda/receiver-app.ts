import { StoreError } from "../../domain/errors.ts";
import type { Delivery } from "../../domain/provider.ts";
import type { Source } from "../../domain/source.ts";
import { acknowledgement, answerTo, errorBody, type RefusalReason } from "../../http/answer.ts";
import type { Receive } from "../../pipeline/receive.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Metrics } from "../../ports/metrics.ts";
import { answer, bodyOf, type GatewayAnswer, type GatewayEvent, headersOf, requestIdOf, urlOf } from "./gateway.ts";
import { routeOf } from "./route.ts";

export interface ReceiverParts {
  readonly sources: ReadonlyMap<string, Source>;
  readonly receive: Receive;
  readonly maxBodyBytes: number;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

const NO_SOURCE = "-";

/**
 * Answers one request with the statuses and bodies of the embedded listener, in the same order of checks: path, method,
 * framing and size, then the pipeline over the raw bytes. Rates and slow bodies are API Gateway's business.
 */
export async function takeRequest(event: GatewayEvent, parts: ReceiverParts): Promise<GatewayAnswer> {
  const { metrics, clock, log } = parts;
  const startedAt = clock.monotonic();
  const requestId = requestIdOf(event);
  const headers = headersOf(event);
  const source = routeOf(event, headers, parts.sources);
  let bodyBytes: number | null = null;
  if (source === null) return refuse("unknown_source", "refused");
  if (event.httpMethod !== "POST") return refuse("method_not_allowed", "refused", { Allow: "POST" });
  if (headers["content-encoding"]) return refuse("content_encoding", "refused");
  const delivery: Delivery = { headers, body: bodyOf(event), url: urlOf(event) };
  bodyBytes = delivery.body.byteLength;
  if (bodyBytes > parts.maxBodyBytes) return refuse("body_too_large", "refused");
  try {
    const outcome = await parts.receive(source, delivery);
    if (outcome.kind !== "accepted") return refuse(outcome.reason, null);
    metrics.acknowledged((clock.monotonic() - startedAt) / 1000);
    const { contentType, body } = acknowledgement(outcome);
    return answer(200, body, { "Content-Type": contentType });
  } catch (error) {
    log.error({ requestId, error: (error as Error).message }, "request failed");
    if (!(error instanceof StoreError)) return refuse("internal", "unavailable");
    metrics.storeError();
    return refuse("store_unavailable", "unavailable");
  }

  /** `counts`: how it counts among what was received; null when the pipeline has counted it. */
  function refuse(
    reason: RefusalReason,
    counts: "refused" | "unavailable" | null,
    extra: Readonly<Record<string, string>> = {},
  ): GatewayAnswer {
    const { status, code, retryAfter } = answerTo(reason);
    const name = source?.name ?? NO_SOURCE;
    if (counts !== null) metrics.received(name, counts);
    metrics.rejected({
      at: new Date(clock.now()).toISOString(),
      source: name,
      requestId,
      status,
      code,
      reason,
      remoteAddress: event.requestContext?.identity?.sourceIp ?? null,
      bodyBytes,
    });
    const retry = retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) };
    return answer(status, errorBody(code, requestId), { ...retry, ...extra });
  }
}
