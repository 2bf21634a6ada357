import { expect, test } from "vitest";
import { holdable } from "../../test/http/holdable.ts";
import { rawConnection, statuses } from "../../test/http/raw-http.ts";
import { startIngest } from "../../test/http/start-ingest.ts";
import { StoreError } from "../domain/errors.ts";
import type { ReceiveOutcome } from "../domain/outcome.ts";

const post = (url: string, init: RequestInit = {}) => fetch(url, { method: "POST", body: "{}", ...init });

test("an accepted delivery is acknowledged with its event id, and the pipeline gets its exact bytes", async () => {
  const { url, deliveries } = await startIngest();
  const body = new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d, 0x0a, 0xff]);

  const response = await post(`${url}/webhooks/stripe?tenant=%C3%A9`, { body });

  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await response.text()).toBe('{"received":true,"eventId":"stripe:evt_1","duplicate":false}');
  expect(deliveries).toHaveLength(1);
  expect(deliveries[0]?.source).toBe("stripe");
  expect(new Uint8Array(deliveries[0]?.delivery.body ?? [])).toEqual(body);
  expect(deliveries[0]?.delivery.url).toBe("/webhooks/stripe?tenant=%C3%A9");
});

test("a provider that needs its own answer gets it", async () => {
  const reply = { contentType: "text/plain", body: "[accepted]" };
  const { url } = await startIngest({
    receive: async () => ({ kind: "accepted", eventId: "adyen:1", duplicate: true, reply }),
  });

  const response = await post(`${url}/webhooks/stripe`);

  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain");
  expect(await response.text()).toBe("[accepted]");
});

test.each([
  "/",
  "/metrics",
  "/readyz",
  "/api/events",
  "/webhooks",
  "/webhooks/",
  "/webhooks/nobody",
  "/webhooks/stripe/",
  "/webhooks/Stripe",
  "/webhooks//stripe",
  "//webhooks/stripe",
  "/webhooks/%73tripe",
  "/webhooks%2Fstripe",
  "/webhooks/stripe%2F",
  "/webhooks/stripe%00",
  "/webhooks/stripe;a=b",
  "/webhooks/./stripe",
  "/webhooks/__proto__",
  "/webhooks/stripe#x",
  "/livez/",
])("nothing is behind %s", async (path) => {
  const { port, deliveries } = await startIngest();
  const raw = await rawConnection(port);

  raw.send(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`);

  expect(await raw.until(/"requestId":"[0-9a-f-]{36}"}$/)).toMatch(
    /^HTTP\/1\.1 404 [\s\S]*\r\n\r\n\{"error":"not_found"/,
  );
  expect(deliveries).toHaveLength(0);
});

test("another method on a source is refused with what is allowed, on anything else it is unknown", async () => {
  const { url } = await startIngest();

  for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const known = await fetch(`${url}/webhooks/stripe`, { method });
    expect([method, known.status, known.headers.get("allow")]).toEqual([method, 405, "POST"]);
    expect((await fetch(`${url}/webhooks/nobody`, { method })).status).toBe(404);
  }
});

test("the listener says that it lives, and lets nobody post there", async () => {
  const { url } = await startIngest();

  const live = await fetch(`${url}/livez?probe=1`);
  expect([live.status, await live.json()]).toEqual([200, { status: "ok" }]);
  expect((await fetch(`${url}/livez`, { method: "HEAD" })).status).toBe(200);
  expect((await post(`${url}/livez`)).status).toBe(405);
});

const REFUSED: [ReceiveOutcome, number, string, string | null][] = [
  [{ kind: "forged", reason: "wrong_signature" }, 401, "bad_signature", null],
  [{ kind: "forged", reason: "stale_timestamp" }, 401, "bad_signature", null],
  [{ kind: "forged", reason: "transmission_reused" }, 401, "bad_signature", null],
  [{ kind: "malformed", reason: "invalid_json", detail: "at byte 3" }, 400, "invalid_json", null],
  [{ kind: "malformed", reason: "duplicate_key" }, 400, "duplicate_key", null],
  [{ kind: "malformed", reason: "schema", detail: "amount" }, 400, "invalid_event", null],
  [{ kind: "unavailable", reason: "certificate_unreachable" }, 503, "verification_unavailable", "30"],
  [{ kind: "unavailable", reason: "store_full" }, 503, "store_unavailable", "10"],
  [{ kind: "unavailable", reason: "backlog_full" }, 503, "store_unavailable", "10"],
];

test.each(REFUSED)("the outcome %j is answered %i %s", async (outcome, status, code, retryAfter) => {
  const { url, metrics } = await startIngest({ receive: async () => outcome });

  const response = await post(`${url}/webhooks/stripe`);

  expect(response.status).toBe(status);
  expect(response.headers.get("retry-after")).toBe(retryAfter);
  expect(await response.text()).toMatch(new RegExp(`^\\{"error":"${code}","requestId":"[0-9a-f-]{36}"\\}$`));
  expect(metrics.rejections.latest(5)).toMatchObject([
    { source: "stripe", status, code, reason: "reason" in outcome ? outcome.reason : "", bodyBytes: 2 },
  ]);
});

test("a fault is answered without its text: 503 when the store failed, 500 otherwise", async () => {
  let fault: Error = new StoreError("full", "disk /secret/path is full");
  const { url, faults } = await startIngest({ receive: () => Promise.reject(fault) });

  const store = await post(`${url}/webhooks/stripe`);
  expect([store.status, store.headers.get("retry-after")]).toEqual([503, "10"]);
  expect(await store.text()).toMatch(/^\{"error":"store_unavailable","requestId":"[^"]+"\}$/);

  fault = new Error("secret internals");
  const other = await post(`${url}/webhooks/stripe`);
  expect(other.status).toBe(500);
  expect(await other.text()).toMatch(/^\{"error":"internal","requestId":"[^"]+"\}$/);
  expect(faults).toHaveLength(2);
});

test("a receive that throws before it promises anything is a fault like any other", async () => {
  const { url } = await startIngest({
    receive: () => {
      throw new Error("no promise");
    },
  });

  expect((await post(`${url}/webhooks/stripe`)).status).toBe(500);
});

test("each source has its own rate limit, and the refusal says when to come back", async () => {
  const { url, deliveries } = await startIngest({
    limits: () => ({ maxBodyBytes: 1024, rateLimit: { perSecond: 0.1, burst: 2 } }),
  });

  const stripe = [];
  for (let i = 0; i < 4; i++) stripe.push(await post(`${url}/webhooks/stripe`));

  expect(stripe.map((response) => response.status)).toEqual([200, 200, 429, 429]);
  expect(Number(stripe[3]?.headers.get("retry-after"))).toBeGreaterThanOrEqual(9);
  expect(Number(stripe[3]?.headers.get("retry-after"))).toBeLessThanOrEqual(10);
  expect((await post(`${url}/webhooks/shop-eu`)).status).toBe(200);
  expect(deliveries).toHaveLength(3);
});

test.each(["gzip", "identity", "br, gzip", "x"])("a body with Content-Encoding %s is refused", async (coding) => {
  const { url, deliveries } = await startIngest();

  const response = await post(`${url}/webhooks/stripe`, { headers: { "content-encoding": coding } });

  expect([response.status, await response.json()]).toMatchObject([415, { error: "unsupported_encoding" }]);
  expect(deliveries).toHaveLength(0);
});

test("a repeated header reaches the pipeline as an array, whatever the case of its name", async () => {
  const { port, deliveries } = await startIngest();
  const raw = await rawConnection(port);

  raw.send(
    "POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nX-Signature: a\r\nx-signature: b\r\nX-SIGNATURE: c\r\n" +
      "Content-Type: a/b\r\ncontent-type: c/d\r\n__proto__: p\r\nContent-Length: 0\r\n\r\n",
  );
  await raw.until(/duplicate/);

  const headers = deliveries[0]?.delivery.headers;
  expect(headers?.["x-signature"]).toEqual(["a", "b", "c"]);
  expect(headers?.["content-type"]).toEqual(["a/b", "c/d"]);
  expect(Object.entries(headers ?? {})).toContainEqual(["__proto__", "p"]);
  expect(headers).not.toHaveProperty("constructor");
});

test("what never reached the pipeline is counted as refused, and acknowledgements are timed", async () => {
  const { url, metrics } = await startIngest();
  await post(`${url}/webhooks/stripe`);
  await post(`${url}/webhooks/stripe`);
  await post(`${url}/webhooks/nobody`);
  await post(`${url}/webhooks/stripe`, { body: "x".repeat(2000) });

  const { text } = await metrics.exposition();
  expect(text).toContain('strongroom_received_total{source="stripe",result="refused"} 1');
  expect(text).toContain('strongroom_received_total{source="(unknown)",result="refused"} 1');
  expect(text).not.toContain("nobody");
  expect(text).toContain("strongroom_ack_seconds_count 2");
});

test("what the pipeline has counted is not counted again", async () => {
  const { url, metrics } = await startIngest({ receive: async () => ({ kind: "forged", reason: "wrong_signature" }) });
  await post(`${url}/webhooks/stripe`);

  expect((await metrics.exposition()).text).not.toContain("strongroom_received_total{");
});

test("closing lets the requests in flight finish, tells their connections to end, and takes no new ones", async () => {
  const gate = holdable();
  const { server, port, url } = await startIngest({
    receive: async () => {
      await gate.pass();
      return { kind: "accepted", eventId: "stripe:1", duplicate: false, reply: null };
    },
  });
  const busy = await rawConnection(port);
  const silent = await rawConnection(port);
  const idle = await rawConnection(port);
  idle.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  await idle.until(/ok/);
  busy.send("POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
  await gate.reached;

  const closed = server.close(5000);
  await idle.closed();
  await silent.closed();
  await expect(fetch(`${url}/livez`)).rejects.toThrow();
  gate.open();

  expect(await busy.closed()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close\r\n[\s\S]*"stripe:1"/);
  await closed;
});

test("closing ends what does not finish within the grace", async () => {
  const gate = holdable();
  const { server, port } = await startIngest({ receive: () => gate.pass().then(() => Promise.reject(new Error())) });
  const raw = await rawConnection(port);
  raw.send("POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
  await gate.reached;

  await server.close(50);

  expect(statuses(await raw.closed())).toEqual([]);
});

test("a port that is taken is an error and not an unhandled event", async () => {
  const { port } = await startIngest();
  const second = await startIngest();

  await expect(second.server.listen("127.0.0.1", port)).rejects.toThrow();
});
