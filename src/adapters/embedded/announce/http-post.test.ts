import { describe, expect, test } from "vitest";
import { afterTest, ok, serve, serveSockets, status } from "../../../../test/embedded/loopback-server.ts";
import { openPostTarget, type PostTarget, type PostTargetOptions } from "./http-post.ts";

const POST = { headers: { "content-type": "application/json" }, body: Buffer.from("{}") };

function open(options: Partial<PostTargetOptions> & { readonly url: string }): PostTarget {
  const target = openPostTarget({ timeoutMs: 5000, concurrency: 4, now: Date.now, ...options });
  afterTest(() => target.close());
  return target;
}

describe("only a 2xx counts", () => {
  test.each([200, 201, 202, 204, 299])("%i is accepted", async (code) => {
    const { url } = await serve(status(code));
    expect(await open({ url }).post(POST)).toEqual({ kind: "accepted" });
  });

  test.each([300, 304, 400, 401, 404, 410, 500, 503])("%i is a failure", async (code) => {
    const { url } = await serve(status(code));
    expect(await open({ url }).post(POST)).toEqual({ kind: "failed", error: `HTTP ${code}` });
  });

  test.each([301, 302, 303, 307, 308])("a redirect (%i) is not followed", async (code) => {
    const other = await serve(ok);
    const { url } = await serve(status(code, { location: other.url }));
    expect(await open({ url }).post(POST)).toEqual({ kind: "failed", error: `HTTP ${code}` });
    expect(other.received).toEqual([]);
  });

  test.each([
    ["120", 120_000],
    ["0", 0],
    ["999999999999999999999", 3_600_000],
    ["Wed, 15 Jan 2025 10:30:30 GMT", 30_000],
    ["Wed, 15 Jan 2025 10:00:00 GMT", 0],
    ["Wed, 15 Jan 2026 10:00:00 GMT", 3_600_000],
  ])("Retry-After: %s is honoured, up to an hour", async (value, retryAfterMs) => {
    const { url } = await serve(status(503, { "retry-after": value }));
    const now = (): number => Date.parse("2025-01-15T10:30:00Z");
    expect(await open({ url, now }).post(POST)).toEqual({
      kind: "failed",
      error: "HTTP 503",
      retryAfterMs,
    });
  });

  test("a Retry-After that says nothing is ignored", async () => {
    const { url } = await serve(status(429, { "retry-after": "soon" }));
    expect(await open({ url }).post(POST)).toEqual({ kind: "failed", error: "HTTP 429" });
  });
});

describe("a target that does not answer properly fails in one line", () => {
  test("when nobody listens", async () => {
    const { url, stop } = await serve(ok);
    await stop();
    const target = open({ url: url.replace("http://", "http://user:pass-word@") });
    expect(await target.post(POST)).toEqual({ kind: "failed", error: "ECONNREFUSED" });
  });

  test("when it takes too long", async () => {
    const { url } = await serve(() => {});
    expect(await open({ url, timeoutMs: 100 }).post(POST)).toEqual({
      kind: "failed",
      error: "no answer within 100 ms",
    });
  });

  test.each([
    ["closes the connection", "", /^(the connection closed without an answer|ECONNRESET)$/],
    ["answers no HTTP", "220 smtp ready\r\n", /^HPE_\w+$/],
    [
      "switches the protocol",
      "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
      /^(HPE_\w+|ECONNRESET|HTTP 101|the connection closed without an answer)$/,
    ],
  ])("when it %s", async (_, answer, error) => {
    const url = await serveSockets((socket) => socket.once("data", () => socket.end(answer)));
    expect(await open({ url }).post(POST)).toEqual({ kind: "failed", error: expect.stringMatching(error) });
  });

  test("when the inbox stops", async () => {
    const stop = new AbortController();
    const { url } = await serve(() => stop.abort());
    expect(await open({ url }).post({ ...POST, signal: stop.signal })).toEqual({ kind: "failed", error: "stopped" });
    expect(await open({ url }).post({ ...POST, signal: stop.signal })).toEqual({ kind: "failed", error: "stopped" });
  });

  test("when what it would be sent is no header", async () => {
    const { url } = await serve(ok);
    const result = await open({ url }).post({ ...POST, headers: { "webhook-id": "a\nb" } });
    expect(result).toEqual({ kind: "failed", error: "ERR_INVALID_CHAR" });
  });
});

test("an answer without end is cut off and the post counts", async () => {
  const closed: Promise<void>[] = [];
  const { url } = await serve((request, response) => {
    closed.push(new Promise((resolve) => request.socket.on("close", () => resolve())));
    const pour = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(16 * 1024)));
    };
    response.on("drain", pour);
    pour();
  });
  expect(await open({ url }).post(POST)).toEqual({ kind: "accepted" });
  await closed[0];
});

test("a connection is kept from one post to the next", async () => {
  const ports = new Set<number | undefined>();
  const { url } = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.end("x".repeat(1000));
  });
  const target = open({ url });
  for (let n = 0; n < 3; n++) {
    await target.post(POST);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(ports.size).toBe(1);
});

test("a kept connection that the other side closed is replaced without a failed attempt", async () => {
  let connections = 0;
  const answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  const url = await serveSockets((socket) => {
    const first = ++connections === 1;
    let requests = 0;
    socket.on("data", (chunk) => {
      if (!chunk.includes("POST /")) return;
      if (first && ++requests === 2) socket.resetAndDestroy();
      else socket.write(answer);
    });
  });
  const target = open({ url });
  expect(await target.post(POST)).toEqual({ kind: "accepted" });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await target.post(POST)).toEqual({ kind: "accepted" });
  expect(connections).toBe(2);
});
