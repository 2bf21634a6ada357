import { expect, test } from "vitest";
import { adminApp, knownEvent, serve } from "../../../test/http/admin-fixture.ts";

const ODD_IDS = ["a/b", "a%2Fb", "100%", "x y", "ü:é", "?q=1#f", "..", "a\\b", "+", "\u{1F4B6}", "%zz"];

test("an event is shown with every field of the contract", async () => {
  const { call } = adminApp([knownEvent("evt_1", {}, '{"amount":99.90,"big":12345678901234567890}')]);

  const response = await call("/api/events/stripe%3Aevt_1");

  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({
    eventId: "stripe:evt_1",
    source: "stripe",
    provider: "stripe",
    providerEventId: "evt_1",
    type: "payment.succeeded",
    providerType: "payment_intent.succeeded",
    kind: "payment",
    transactionId: "stripe:pi_1",
    status: "processed",
    receivedAt: "2026-01-01T00:00:01.000Z",
    occurredAt: "2026-01-01T00:00:00.000Z",
    processedAt: "2026-01-01T00:00:02.000Z",
    attempts: [
      {
        n: 1,
        startedAt: "2026-01-01T00:00:01.500Z",
        endedAt: "2026-01-01T00:00:02.000Z",
        outcome: "succeeded",
        error: null,
      },
    ],
    copies: 2,
    bodySha256: "ab".repeat(32),
    bodyBytes: 43,
    payload: { amount: 99.9 },
  });
  // No digit of the payload went through a float.
  expect(text).toContain('"payload":{"amount":99.90,"big":12345678901234567890}');
});

test("a payload that is not JSON is shown as text, a removed one as null", async () => {
  const { call } = adminApp([knownEvent("form", {}, "id=tr_1&x=\u{1F4B6}"), knownEvent("old", {}, null)]);

  expect(await (await call("/api/events/stripe:form")).json()).toMatchObject({ payload: "id=tr_1&x=\u{1F4B6}" });
  expect(await (await call("/api/events/stripe:old")).json()).toMatchObject({ payload: null });
});

test.each(ODD_IDS)("the event id stripe:%s is found in process and over a socket", async (id) => {
  const { app, call, calls } = adminApp([knownEvent(id, { status: "dead" })]);
  const { url } = await serve(app);
  const path = `/api/events/${encodeURIComponent(`stripe:${id}`)}`;

  expect(await (await call(path)).json()).toMatchObject({ eventId: `stripe:${id}` });
  expect(await (await fetch(url + path)).json()).toMatchObject({ eventId: `stripe:${id}` });
  expect((await call(`${path}/raw`)).status).toBe(200);
  expect((await call(`${path}/replay`, { method: "POST" })).status).toBe(202);
  expect(calls).toContainEqual(["replay", `stripe:${id}`, "cli"]);
});

test("a path that is not percent-encoded UTF-8 is a bad request", async () => {
  const { call } = adminApp();

  expect((await call("/api/events/stripe%3A%ff")).status).toBe(400);
});

test("the stored bytes come as a download that no browser will show", async () => {
  const bytes = new Uint8Array([0, 255, 60, 104]);
  const { call } = adminApp([knownEvent("evt_1", {}, bytes), knownEvent("old", {}, null)]);

  const response = await call("/api/events/stripe:evt_1/raw");

  expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
  expect(response.headers.get("content-type")).toBe("application/octet-stream");
  expect(response.headers.get("content-disposition")).toMatch(/^attachment/);
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect((await call("/api/events/stripe:old/raw")).status).toBe(410);
  expect((await call("/api/events/stripe:none/raw")).status).toBe(404);
});

test("a list goes from page to page by its cursor and shows every event once", async () => {
  const ids = Array.from({ length: 130 }, (_, i) => `evt_${i}`);
  const { call } = adminApp(ids.map((id) => knownEvent(id)));
  const seen: string[] = [];
  let path: string | null = "/api/events?limit=60";
  while (path !== null) {
    const page = (await (await call(path)).json()) as {
      items: { providerEventId: string }[];
      nextCursor: string | null;
    };
    expect(page.items.length).toBeLessThanOrEqual(60);
    seen.push(...page.items.map((item) => item.providerEventId));
    path = page.nextCursor === null ? null : `/api/events?limit=60&cursor=${page.nextCursor}`;
  }

  expect(seen).toEqual(ids);
});

test("a page of great payloads ends early instead of growing, and the cursor goes on from there", async () => {
  const great = JSON.stringify("x".repeat(250_000));
  const { call } = adminApp(Array.from({ length: 100 }, (_, i) => knownEvent(`evt_${i}`, {}, great)));

  const page = (await (await call("/api/events?limit=500")).json()) as { items: unknown[]; nextCursor: string };

  expect(page.items).toHaveLength(25);
  expect(page.nextCursor).toBe("25");
});

test("filters reach the store as they were meant, times in UTC", async () => {
  const { call, calls } = adminApp();

  await call(
    "/api/events?source=stripe&provider=stripe&type=payment.*&status=dead&transactionId=stripe:pi_1" +
      "&from=2026-01-01T01:00:00%2B01:00&to=2026-01-02&q=evt&limit=7",
  );

  expect(calls).toEqual([
    [
      "listEvents",
      {
        source: "stripe",
        provider: "stripe",
        type: "payment.*",
        status: "dead",
        transactionId: "stripe:pi_1",
        from: "2026-01-01T00:00:00.000Z",
        to: "2026-01-02T00:00:00.000Z",
        q: "evt",
      },
      7,
    ],
  ]);
});

test("an event is deleted once, and not while it is still to be processed", async () => {
  const { call } = adminApp([knownEvent("done"), knownEvent("new", { status: "received" })]);
  const remove = async (id: string) => (await call(`/api/events/stripe:${id}`, { method: "DELETE" })).status;

  expect([await remove("done"), await remove("done"), await remove("new")]).toEqual([204, 404, 409]);
});
