import { randomUUID } from "node:crypto";
import type { APIGatewayProxyEvent } from "aws-lambda";

export interface ProxyRequest {
  /** `POST` unless given. */
  readonly method?: string;
  /** With its query, as requested: `/webhooks/stripe`. */
  readonly path: string;
  /** As sent; a header that was sent several times as a list. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array | string;
  /**
   * How API Gateway passes the body on: in Base64 where the API's binary media types say so, else as text, in which bytes
   * that are no UTF-8 are lost. `base64` unless given.
   */
  readonly bodyAs?: "base64" | "text";
  /** Name of the path parameter that is the last segment: `source` unless given; null for a path without one. */
  readonly parameter?: "source" | "provider" | null;
  readonly sourceIp?: string;
  readonly requestId?: string;
}

/**
 * A request as a REST API's Lambda proxy integration hands it to a function, payload format 1.0.
 * Source: API Gateway developer guide, "Input format of a Lambda function for proxy integration".
 */
export function apiGatewayEvent(request: ProxyRequest): APIGatewayProxyEvent {
  const { method = "POST", headers = {}, bodyAs = "base64", parameter = "source" } = request;
  const { pathname, searchParams } = new URL(request.path, "http://api.invalid");
  const bytes = Buffer.from(request.body ?? "");
  const segment = decodeURIComponent(pathname.slice(pathname.lastIndexOf("/") + 1));
  const resource = parameter === null ? pathname : `${pathname.slice(0, pathname.lastIndexOf("/"))}/{${parameter}}`;
  const multiValueHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? [value] : [...value]]),
  );
  const query = new Map([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)]));
  return {
    resource,
    path: pathname,
    httpMethod: method,
    headers: lastOfEach(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: query.size === 0 ? null : lastOfEach(Object.fromEntries(query)),
    multiValueQueryStringParameters: query.size === 0 ? null : Object.fromEntries(query),
    pathParameters: parameter === null ? null : { [parameter]: segment },
    stageVariables: null,
    requestContext: contextOf(request, { method, resource, pathname }),
    body: bytes.length === 0 ? null : bytes.toString(bodyAs === "base64" ? "base64" : "utf8"),
    isBase64Encoded: bodyAs === "base64" && bytes.length > 0,
  };
}

/** The single-value form keeps the last value. */
function lastOfEach(values: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.at(-1) ?? ""]));
}

function contextOf(
  request: ProxyRequest,
  { method, resource, pathname }: { readonly method: string; readonly resource: string; readonly pathname: string },
): APIGatewayProxyEvent["requestContext"] {
  return {
    accountId: "000000000000",
    apiId: "a1b2c3d4e5",
    authorizer: null,
    domainName: "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
    extendedRequestId: "JKJaXmPLvHcESHA=",
    httpMethod: method,
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: null,
      apiKeyId: null,
      caller: null,
      clientCert: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: request.sourceIp ?? "192.0.2.1",
      user: null,
      userAgent: null,
      userArn: null,
    },
    path: `/prod${pathname}`,
    protocol: "HTTP/1.1",
    requestId: request.requestId ?? randomUUID(),
    requestTimeEpoch: Date.now(),
    resourceId: "123abc",
    resourcePath: resource,
    stage: "prod",
  };
}
