import { expect, test } from "vitest";
import { adminApp, serve } from "../../../test/http/admin-fixture.ts";
import { readLines } from "../../../test/http/read-lines.ts";

test("the stream tells what is published from then on and ends when the inbox stops", async () => {
  const { app, feed, shutdown } = adminApp();
  const { url } = await serve(app);
  const response = await fetch(`${url}/api/stream`);
  const lines = readLines(response.body as ReadableStream<Uint8Array>);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  await lines.until(": connected");

  feed.publish(() => ({ kind: "accepted", at: "2026-01-01T00:00:00.000Z", eventId: "stripe:1", duplicate: false }));
  feed.publish(() => ({ kind: "dead", at: "2026-01-01T00:00:00.000Z", eventId: "stripe:2", reason: "gave up" }));

  expect(await lines.until("event: accepted", 1)).toBe(
    'data: {"kind":"accepted","at":"2026-01-01T00:00:00.000Z","eventId":"stripe:1","duplicate":false}',
  );
  expect(await lines.until("event: dead", 1)).toContain("stripe:2");
  shutdown.abort();
  expect(await lines.ended()).toBe(true);
});

test("a reader of the stream that falls behind is told how much it missed", async () => {
  const { call, feed } = adminApp();
  const response = await call("/api/stream");
  for (let i = 0; i < 1500; i++) {
    feed.publish(() => ({ kind: "processed", at: "2026-01-01T00:00:00.000Z", eventId: `stripe:${i}`, effect: "none" }));
  }

  const lines = readLines(response.body as ReadableStream<Uint8Array>);
  expect(await lines.until("event: missed", 1)).toBe('data: {"count":500}');
  await lines.cancel();
});

test("nobody is published to after going away", async () => {
  const { call, feed } = adminApp();
  const response = await call("/api/stream");
  await response.body?.cancel();
  let made = 0;

  feed.publish(() => {
    made++;
    return { kind: "dead", at: "", eventId: "", reason: "" };
  });

  expect(made).toBe(0);
});
