import { expect, test } from "vitest";
import { adminApp, serve } from "../../../test/http/admin-fixture.ts";
import { holdable } from "../../../test/http/holdable.ts";
import { rawConnection } from "../../../test/http/raw-http.ts";
import { serveAdmin } from "./listener.ts";

test("closing lets what is in flight finish and takes nothing new", async () => {
  const gate = holdable();
  const { app } = adminApp([], { probe: gate.pass });
  const { listener, url } = await serve(app);
  const ready = fetch(`${url}/readyz`);
  await gate.reached;

  const closed = listener.close(5000);
  await expect(fetch(`${url}/livez`)).rejects.toThrow();
  gate.open();

  expect((await ready).status).toBe(200);
  await closed;
});

test("closing ends a stream that is still open once the grace is over", async () => {
  const { app } = adminApp();
  const { listener, url } = await serve(app);
  const response = await fetch(`${url}/api/stream`);

  await listener.close(30);

  await expect(response.text()).rejects.toThrow();
});

test("a port that is taken is an error and not an unhandled event", async () => {
  const { app } = adminApp();
  const { port } = await serve(app);

  await expect(serveAdmin(app, "127.0.0.1", port)).rejects.toThrow("EADDRINUSE");
});

test("a filter that is too long is refused, and what has no body needs none", async () => {
  const { app } = adminApp();
  const { url } = await serve(app);
  const send = async (method: string, path: string, body?: string) =>
    (await fetch(url + path, { method, ...(body === undefined ? {} : { body }) })).status;

  expect(await send("POST", "/api/dead-letters/redrive", "x".repeat(200_000))).toBe(413);
  expect(await send("POST", "/api/dead-letters/redrive", '{"source":"stripe"}')).toBe(202);
  expect(await send("POST", "/api/dead-letters/redrive")).toBe(202);
  expect(await send("DELETE", "/api/events/stripe:none")).toBe(404);
  expect(await send("DELETE", "/api/events/stripe:none", "{}")).toBe(404);
});

test("broken requests are answered and hurt nothing", async () => {
  const { app, faults } = adminApp();
  const { port, url } = await serve(app);
  for (const bytes of [
    "GET / HTTP/1.1\r\n\r\n",
    "GET /livez HTTP/1.1\r\nHost: a b\r\n\r\n",
    "GET /%zz/%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "GET \\ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "hello\r\n\r\n",
  ]) {
    const raw = await rawConnection(port);
    raw.send(bytes);
    expect(await raw.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 4\d\d /);
  }

  expect((await fetch(`${url}/livez`)).status).toBe(200);
  expect(faults).toEqual([]);
});
