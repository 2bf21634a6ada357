import { expect, test } from "vitest";
import { adminApp, brokenOperations, knownEvent, serve } from "../../../test/http/admin-fixture.ts";

test("a store that fails is 503, any other fault 500, and neither shows what happened", async () => {
  const down = adminApp([], { operations: brokenOperations });
  const response = await down.call("/api/events");
  const text = await response.text();

  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "10"]);
  expect(JSON.parse(text)).toMatchObject({ status: 503, code: "unavailable" });
  expect(text).not.toContain("secret");
  expect(down.faults).toHaveLength(1);

  const faulty = adminApp([], { metrics: { exposition: () => Promise.reject(new Error("secret")) } });
  const other = await faulty.call("/metrics");
  expect(other.status).toBe(500);
  expect(await other.text()).not.toContain("secret");
});

test("every answer bears the headers that keep it from being framed, sniffed, stored or run", async () => {
  const { call } = adminApp([knownEvent("evt_1")]);
  for (const path of ["/", "/livez", "/metrics", "/api/events", "/api/events/stripe:evt_1/raw", "/nothing", "/api/x"]) {
    const { headers } = await call(path);
    expect([path, headers.get("content-security-policy")]).toEqual([
      path,
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ]);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("access-control-allow-origin")).toBeNull();
  }
});

test("a wrong method is 405 with the right ones, an unknown path 404, both as problems", async () => {
  const { call } = adminApp();

  const wrong = await call("/api/events", { method: "PUT" });
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  expect(wrong.headers.get("content-type")).toBe("application/problem+json");
  const deleting = await call("/api/events/stripe:1", { method: "POST" });
  expect([deleting.status, deleting.headers.get("allow")]).toEqual([405, "GET, DELETE, HEAD"]);
  for (const path of ["/api", "/api/", "/api/nothing", "/api/events/", "/API/events", "/webhooks/stripe"]) {
    expect([path, (await call(path)).status]).toEqual([path, 404]);
  }
});

test("HEAD is answered like GET without a body", async () => {
  const { app } = adminApp();
  const { url } = await serve(app);

  for (const path of ["/livez", "/readyz", "/", "/api/events"]) {
    const response = await fetch(url + path, { method: "HEAD" });
    expect([path, response.status, await response.text()]).toEqual([path, 200, ""]);
  }
});

test("the description names every route with its parameters and all it refers to", async () => {
  const { call } = adminApp();
  const text = await (await call("/api/openapi.json")).text();
  const description = JSON.parse(text);

  expect(description.openapi).toBe("3.1.0");
  const operations = Object.entries<Record<string, { operationId: string }>>(description.paths).flatMap(
    ([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(operations.sort()).toEqual(
    [
      "DELETE /api/events/{eventId}",
      "GET /",
      "GET /api/audit",
      "GET /api/dead-letters",
      "GET /api/destinations",
      "GET /api/events",
      "GET /api/events/{eventId}",
      "GET /api/events/{eventId}/raw",
      "GET /api/openapi.json",
      "GET /api/rejections",
      "GET /api/stats",
      "GET /api/stream",
      "GET /api/transactions",
      "GET /api/transactions/{transactionId}",
      "GET /livez",
      "GET /metrics",
      "GET /readyz",
      "POST /api/dead-letters/redrive",
      "POST /api/dead-letters/{eventId}/redrive",
      "POST /api/destinations/{name}/pause",
      "POST /api/destinations/{name}/resume",
      "POST /api/events/replay",
      "POST /api/events/{eventId}/replay",
    ].sort(),
  );
  const ids = Object.values<Record<string, { operationId: string }>>(description.paths).flatMap((item) =>
    Object.values(item).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    expect(description.components.schemas).toHaveProperty(name);
  }
});

test("what the description requires of an event is what an event has", async () => {
  const { call } = adminApp([knownEvent("evt_1")]);
  const { components } = (await (await call("/api/openapi.json")).json()) as {
    components: { schemas: { Event: { required: string[] } } };
  };

  const event = (await (await call("/api/events/stripe:evt_1")).json()) as object;

  expect(Object.keys(event).sort()).toEqual([...components.schemas.Event.required].sort());
});
