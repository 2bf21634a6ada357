import { expect, test } from "vitest";
import { apiGatewayEvent } from "./api-gateway-event.ts";

test("the body's bytes come through in Base64, and as text only where they are UTF-8", () => {
  const body = Buffer.from([0x7b, 0xff, 0x7d]);
  const binary = apiGatewayEvent({ path: "/webhooks/shop", body });
  expect(binary.isBase64Encoded).toBe(true);
  expect(Buffer.from(binary.body ?? "", "base64")).toEqual(body);
  const text = apiGatewayEvent({ path: "/webhooks/shop", body, bodyAs: "text" });
  expect(text.isBase64Encoded).toBe(false);
  expect(text.body).toBe("{\ufffd}");
  expect(apiGatewayEvent({ path: "/webhooks/shop" })).toMatchObject({ body: null, isBase64Encoded: false });
});

test("a header that was sent twice is whole in the multi-value form only", () => {
  const event = apiGatewayEvent({ path: "/webhooks/shop", headers: { "X-One": "1", "X-Two": ["a", "b"] } });
  expect(event.headers).toEqual({ "X-One": "1", "X-Two": "b" });
  expect(event.multiValueHeaders).toEqual({ "X-One": ["1"], "X-Two": ["a", "b"] });
});

test("path, query, parameter, address and request id are where API Gateway puts them", () => {
  const event = apiGatewayEvent({
    path: "/webhooks/shop%2Deu?a=1&a=2&b=%20",
    parameter: "provider",
    sourceIp: "198.51.100.7",
    requestId: "r-1",
  });
  expect(event).toMatchObject({
    httpMethod: "POST",
    resource: "/webhooks/{provider}",
    path: "/webhooks/shop%2Deu",
    pathParameters: { provider: "shop-eu" },
    queryStringParameters: { a: "2", b: " " },
    multiValueQueryStringParameters: { a: ["1", "2"], b: [" "] },
    requestContext: { requestId: "r-1", identity: { sourceIp: "198.51.100.7" } },
  });
  expect(apiGatewayEvent({ path: "/webhook", parameter: null })).toMatchObject({
    pathParameters: null,
    queryStringParameters: null,
  });
});
