import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import type { Delivery } from "../../domain/provider.ts";
import { JSON_TYPE } from "../../http/answer.ts";

/**
 * A request as API Gateway hands it to a function (REST API, proxy integration, payload format 1.0):
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export type GatewayEvent = APIGatewayProxyEvent;
export type GatewayAnswer = APIGatewayProxyResult;

export function isGatewayEvent(event: unknown): event is GatewayEvent {
  return typeof event === "object" && event !== null && "httpMethod" in event;
}

/**
 * The request's headers as providers read them. Only the multi-value form shows a header that came more than once. The
 * object has no prototype, so that a configured header name can never find anything that was not sent.
 */
export function headersOf(event: Pick<GatewayEvent, "headers" | "multiValueHeaders">): Delivery["headers"] {
  const headers: Record<string, string | readonly string[]> = Object.create(null);
  for (const [name, value] of Object.entries(event.headers ?? {})) {
    if (value !== undefined) headers[name.toLowerCase()] = value;
  }
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? {})) {
    const [first] = values ?? [];
    if (values !== undefined && first !== undefined) headers[name.toLowerCase()] = values.length === 1 ? first : values;
  }
  return headers;
}

/**
 * The bytes of the body. API Gateway passes them on unchanged only in Base64 (binary media types); as text they are what
 * it made of them by UTF-8.
 */
export function bodyOf({ body, isBase64Encoded }: Pick<GatewayEvent, "body" | "isBase64Encoded">): Uint8Array {
  return Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
}

/** Path and query as requested, as far as API Gateway tells: it hands the query over decoded. */
export function urlOf(event: GatewayEvent): string {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    for (const value of values ?? []) query.append(name, value);
  }
  const { path = "/" } = event as Partial<GatewayEvent>;
  return query.size === 0 ? path : `${path}?${query}`;
}

/** The id that API Gateway gave the request; it is in its access log too. A test event may have none. */
export function requestIdOf({ requestContext }: Partial<Pick<GatewayEvent, "requestContext">>): string {
  return /^[\w-]{1,64}$/.exec(requestContext?.requestId ?? "")?.[0] ?? "unknown";
}

export function answer(
  statusCode: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): GatewayAnswer {
  return { statusCode, headers: { "Content-Type": JSON_TYPE, ...headers }, body, isBase64Encoded: false };
}
