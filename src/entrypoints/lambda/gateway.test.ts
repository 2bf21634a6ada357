import { describe, expect, it } from "vitest";
import type { Source } from "../../domain/source.ts";
import { providers } from "../../providers/index.ts";
import { looksLikeToken, looksSigned, policy } from "./authorize.ts";
import { bodyOf, type GatewayEvent, headersOf, isGatewayEvent, requestIdOf, urlOf } from "./gateway.ts";
import { routeOf } from "./route.ts";

const source = (name: string, provider = name, settings = {}): Source => {
  const found = providers[provider];
  if (found === undefined) throw new Error(`there is no provider ${provider}`);
  return { name, provider: found, settings, secrets: () => [] };
};
const SOURCES = new Map(
  [
    source("stripe"),
    source("paypal"),
    source("adyen"),
    source("generic", "generic", { hmac: { header: "X-Signature" } }),
    source("shop", "generic", { hmac: { header: "X-Shop", timestampHeader: "X-Shop-Time" } }),
  ].map((one) => [one.name, one]),
);

describe("a request of API Gateway", () => {
  it("shows a header that came twice, whatever its case", () => {
    const headers = headersOf({
      headers: { "Stripe-Signature": "b", Host: "x" },
      multiValueHeaders: { "Stripe-Signature": ["a", "b"], Host: ["x"] },
    });
    expect(headers["stripe-signature"]).toEqual(["a", "b"]);
    expect(headers.host).toBe("x");
    expect(headers.constructor).toBeUndefined();
  });

  it("without the multi-value form is read by its single values", () => {
    expect(headersOf({ headers: { A: "1" } } as unknown as GatewayEvent).a).toBe("1");
  });

  it("gives its bytes unchanged when they come in Base64", () => {
    const bytes = Buffer.from([0, 255, 10, 13, 226, 130]);
    expect(Buffer.from(bodyOf({ body: bytes.toString("base64"), isBase64Encoded: true }))).toEqual(bytes);
    expect(Buffer.from(bodyOf({ body: "ü", isBase64Encoded: false }))).toEqual(Buffer.from("ü"));
    expect(bodyOf({ body: null, isBase64Encoded: false })).toHaveLength(0);
  });

  it("gives its path with the query", () => {
    const event = { path: "/webhooks/x", multiValueQueryStringParameters: { a: ["1", "2"] } };
    expect(urlOf(event as unknown as GatewayEvent)).toBe("/webhooks/x?a=1&a=2");
    expect(urlOf({ path: "/webhooks/x", multiValueQueryStringParameters: null } as unknown as GatewayEvent)).toBe(
      "/webhooks/x",
    );
  });

  it("puts no id of another shape into an answer", () => {
    const idOf = (requestId: string) => requestIdOf({ requestContext: { requestId } } as unknown as GatewayEvent);
    expect(idOf("c6af9ac6-7b61-11e6-9a41-93e8deadbeef")).toBe("c6af9ac6-7b61-11e6-9a41-93e8deadbeef");
    expect(idOf('"}<script>')).toBe("unknown");
  });

  it("is told from a plain transaction", () => {
    expect(isGatewayEvent({ httpMethod: "POST" })).toBe(true);
    expect(isGatewayEvent({ transactionId: "t" })).toBe(false);
    expect(isGatewayEvent(null)).toBe(false);
  });
});

describe("the route", () => {
  const route = (path: string, headers: Record<string, string> = {}, pathParameters: object | null = null) =>
    routeOf({ path, pathParameters: pathParameters as GatewayEvent["pathParameters"] }, headers, SOURCES)?.name ?? null;

  it("names the source by a parameter or by the last part of the path", () => {
    expect(route("/webhooks/stripe", {}, { source: "stripe" })).toBe("stripe");
    expect(route("/webhook/paypal", {}, { provider: "paypal" })).toBe("paypal");
    expect(route("/stripe")).toBe("stripe");
    expect(route("/webhooks/nobody", {}, { source: "nobody" })).toBeNull();
    expect(route("/webhooks/toString")).toBeNull();
    expect(route("/")).toBeNull();
  });

  it("without a name is told by the signature's headers", () => {
    expect(route("/webhooks", { "stripe-signature": "t=1" })).toBe("stripe");
    expect(route("/webhook", { "x-shop": "1", "x-shop-time": "2" })).toBe("shop");
    expect(route("/webhook", { "paypal-transmission-id": "1", "paypal-transmission-sig": "1" })).toBe("paypal");
    expect(route("/webhooks")).toBe("adyen");
  });
});

describe("the authorizer", () => {
  const NOW = 1_770_000_000_000;

  it("lets pass what bears a well-formed signature, and what is signed in its body", async () => {
    const signature = `t=${NOW / 1000},v1=${"a".repeat(64)}`;
    expect(await looksSigned(source("stripe"), { "stripe-signature": signature }, NOW)).toBe(true);
    expect(await looksSigned(source("square"), { "x-square-hmacsha256-signature": `${"A".repeat(43)}=` }, NOW)).toBe(
      true,
    );
    expect(await looksSigned(source("adyen"), {}, NOW)).toBe(true);
  });

  it.each<[string, Record<string, string | string[]>]>([
    ["none", {}],
    ["an empty one", { "stripe-signature": " " }],
    ["two", { "stripe-signature": ["t=1,v1=a", "t=1,v1=a"] }],
    ["a malformed one", { "stripe-signature": "let me in" }],
    ["another provider's", { "paypal-transmission-sig": "x" }],
  ])("turns away what bears %s", async (_, headers) => {
    expect(await looksSigned(source("stripe"), headers, NOW)).toBe(false);
  });

  it("takes no token for one that is empty, or the word invalid", () => {
    expect(["Bearer abc", "abc"].map(looksLikeToken)).toEqual([true, true]);
    expect([undefined, "", " ", "Bearer", "bearer  ", "invalid", "Bearer INVALID"].map(looksLikeToken)).toEqual(
      Array(7).fill(false),
    );
  });

  it("speaks of the one method that was asked for", () => {
    expect(policy("Deny", "arn:method").policyDocument.Statement).toEqual([
      { Action: "execute-api:Invoke", Effect: "Deny", Resource: "arn:method" },
    ]);
  });
});
