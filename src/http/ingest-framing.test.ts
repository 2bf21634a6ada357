import { expect, test } from "vitest";
import { holdable } from "../../test/http/holdable.ts";
import { rawConnection, statuses } from "../../test/http/raw-http.ts";
import { startIngest } from "../../test/http/start-ingest.ts";

const HEAD = "POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\n";
const ERROR = (code: string) => new RegExp(`\\{"error":"${code}","requestId":"[0-9a-f-]{36}"\\}`);

test("a body in one piece, in pieces and in chunks arrives as the same bytes", async () => {
  const { port, deliveries } = await startIngest();
  const raw = await rawConnection(port);
  const body = Buffer.from('{"name":"Zoë"}');

  raw.send(`${HEAD}Content-Length: ${body.length}\r\n\r\n`);
  raw.send(body);
  await raw.until(/evt_1/);
  raw.send(`${HEAD}Content-Length: ${body.length}\r\n\r\n`);
  for (const byte of body) {
    raw.send(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await raw.until(/evt_2/);
  // Split inside a character of two bytes.
  raw.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\nd\r\n`);
  raw.send(body.subarray(0, 13));
  raw.send(`\r\n${(body.length - 13).toString(16)}\r\n`);
  raw.send(body.subarray(13));
  raw.send("\r\n0\r\nx-trailer: 1\r\n\r\n");
  await raw.until(/evt_3/);

  expect(deliveries.map(({ delivery }) => Buffer.from(delivery.body).toString())).toEqual(
    Array(3).fill(body.toString()),
  );
});

test("requests that were sent ahead on one connection are answered in their order", async () => {
  let delay = 40;
  const { port } = await startIngest({
    receive: async (_source, { body }) => {
      delay -= 15;
      await new Promise((resolve) => setTimeout(resolve, delay));
      return { kind: "accepted", eventId: Buffer.from(body).toString(), duplicate: false, reply: null };
    },
  });
  const raw = await rawConnection(port);

  raw.send(`${HEAD}Content-Length: 1\r\n\r\n1${HEAD}Content-Length: 1\r\n\r\n2`);

  expect(await raw.until(/"eventId":"2"/)).toMatch(/"eventId":"1"[\s\S]*"eventId":"2"/);
});

const BROKEN: [string, string][] = [
  ["a length and chunks", `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ["two lengths", `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
  ["a length that is no number", `${HEAD}Content-Length: 2x\r\n\r\n{}`],
  ["a negative length", `${HEAD}Content-Length: -1\r\n\r\n`],
  ["a chunk size that is no number", `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
  ["a chunk longer than its size", `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n`],
  ["another transfer coding", `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ["the coding twice", `${HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ["no host", "POST /webhooks/stripe HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"],
  ["two hosts", `${HEAD}Host: y\r\nContent-Length: 2\r\n\r\n{}`],
  ["chunks in HTTP/1.0", "POST /webhooks/stripe HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["a request line that is none", "hello\r\n\r\n"],
  ["HTTP/2 without a handshake", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["a header without a colon", `${HEAD}nonsense\r\n\r\n`],
  ["a folded header", `${HEAD}X-A: 1\r\n 2\r\nContent-Length: 2\r\n\r\n{}`],
  ["a space before the colon", `${HEAD}Content-Length : 2\r\n\r\n{}`],
  ["a header name with a null byte", `${HEAD}X-\0: 2\r\n\r\n`],
];

test.each(BROKEN)("a request with %s is answered 400 in the usual words", async (_what, bytes) => {
  const { port, deliveries, metrics } = await startIngest();
  const raw = await rawConnection(port);

  raw.send(bytes);

  const received = await raw.until(ERROR("bad_request"));
  expect(statuses(received)).toEqual([400]);
  expect(deliveries).toHaveLength(0);
  expect(metrics.rejections.latest(5)).toMatchObject([{ status: 400, reason: "bad_request" }]);
});

test("headers over the limit are answered 431", async () => {
  const { port } = await startIngest();
  const raw = await rawConnection(port);

  raw.send(`${HEAD}X-Big: ${"a".repeat(40_000)}\r\n\r\n`);

  expect(await raw.closed()).toMatch(/^HTTP\/1\.1 431 [\s\S]*\{"error":"headers_too_large"/);
});

test("thousands of headers within the limit are all seen", async () => {
  const { port, deliveries } = await startIngest();
  const raw = await rawConnection(port);

  raw.send(`${HEAD}${"a:\r\n".repeat(3000)}x-signature: last\r\nContent-Length: 0\r\n\r\n`);
  await raw.until(/evt_1/);

  expect(deliveries[0]?.delivery.headers["x-signature"]).toBe("last");
});

test("a body declared over the limit is refused before it is sent, and the sender sees the answer", async () => {
  const { port, deliveries } = await startIngest();
  const raw = await rawConnection(port);

  raw.send(`${HEAD}Content-Length: 900000\r\n\r\n`);
  await raw.until(ERROR("body_too_large"));
  raw.send("x".repeat(900_000));

  const received = await raw.closed();
  expect(received).toMatch(/^HTTP\/1\.1 413 [\s\S]*Connection: close/);
  expect(received).not.toContain("<<");
  expect(deliveries).toHaveLength(0);
});

test("chunks that add up to more than the limit are refused when they pass it", async () => {
  const { port, deliveries } = await startIngest();
  const raw = await rawConnection(port);

  raw.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
  for (let i = 0; i < 3; i++) raw.send(`190\r\n${"x".repeat(400)}\r\n`);

  expect(await raw.until(ERROR("body_too_large"))).toMatch(/^HTTP\/1\.1 413 /);
  raw.send("0\r\n\r\n");
  await raw.closed();
  expect(deliveries).toHaveLength(0);
});

test("an endless body after a refusal is not read for ever", async () => {
  const { port } = await startIngest();
  const raw = await rawConnection(port);
  raw.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
  const piece = `4000\r\n${"x".repeat(0x4000)}\r\n`;
  const flood = setInterval(() => raw.send(piece.repeat(8)), 1);

  const received = await raw.closed();
  clearInterval(flood);

  expect(received).toMatch(/^HTTP\/1\.1 413 /);
});

test("a body of exactly the limit is taken, one byte more is not", async () => {
  const { url } = await startIngest();
  const post = (bytes: number) => fetch(`${url}/webhooks/stripe`, { method: "POST", body: "x".repeat(bytes) });

  expect((await post(1024)).status).toBe(200);
  expect((await post(1025)).status).toBe(413);
});

test("a small refused body does not cost the connection", async () => {
  const { port } = await startIngest();
  const raw = await rawConnection(port);

  raw.send("POST /webhooks/nobody HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n{");
  await raw.until(ERROR("not_found"));
  raw.send(`  }${HEAD}Content-Length: 2\r\n\r\n{}`);

  expect(statuses(await raw.until(/evt_1/))).toEqual([404, 200]);
});

test("a body that stops half way is answered 408", async () => {
  const { port, deliveries, metrics } = await startIngest({ patienceMs: 120 });
  const raw = await rawConnection(port);

  raw.send(`${HEAD}Content-Length: 10\r\n\r\n{"a"`);

  expect(await raw.closed()).toMatch(/^HTTP\/1\.1 408 [\s\S]*Connection: close[\s\S]*\{"error":"request_timeout"/);
  expect(deliveries).toHaveLength(0);
  expect(metrics.rejections.latest(5)).toMatchObject([{ source: "stripe", status: 408, reason: "slow_body" }]);
});

test("a body that drips in is answered 408 however steadily it drips", async () => {
  const { port } = await startIngest({ patienceMs: 150 });
  const raw = await rawConnection(port);
  raw.send(`${HEAD}Content-Length: 1000\r\n\r\n`);
  const drip = setInterval(() => raw.send("x"), 10);

  const received = await raw.closed();
  clearInterval(drip);

  expect(statuses(received)).toEqual([408]);
});

test.each([
  ["nothing", ""],
  ["half a head", HEAD],
])("a connection that sends %s is ended with 408", async (_, bytes) => {
  const { port } = await startIngest({ patienceMs: 120 });
  const raw = await rawConnection(port);

  raw.send(bytes);

  expect(statuses(await raw.closed())).toEqual([408]);
});

test("a client that goes away in the middle of a body leaves nothing behind", async () => {
  const { port, url, deliveries, metrics } = await startIngest();
  const raw = await rawConnection(port);
  raw.send(`${HEAD}Content-Length: 10\r\n\r\n{"a"`);
  await new Promise((resolve) => setTimeout(resolve, 20));

  raw.socket.resetAndDestroy();
  await raw.closed();

  expect((await fetch(`${url}/livez`)).status).toBe(200);
  expect(deliveries).toHaveLength(0);
  expect(metrics.rejections.latest(5)).toEqual([]);
});

test("a client that goes away before the answer does not hurt the next one", async () => {
  const gate = holdable();
  let received = 0;
  const { port, url } = await startIngest({
    receive: async () => {
      received++;
      await gate.pass();
      return { kind: "accepted", eventId: "stripe:1", duplicate: false, reply: null };
    },
  });
  const raw = await rawConnection(port);
  raw.send(`${HEAD}Content-Length: 2\r\n\r\n{}`);
  await gate.reached;
  raw.socket.resetAndDestroy();
  await raw.closed();
  await new Promise((resolve) => setTimeout(resolve, 20));
  gate.open();

  expect((await fetch(`${url}/webhooks/stripe`, { method: "POST" })).status).toBe(200);
  expect(received).toBe(2);
});

test("a client that waits for leave to send its body gets it, or the refusal at once", async () => {
  const { port, deliveries } = await startIngest();
  const raw = await rawConnection(port);

  raw.send(`${HEAD}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`);
  await raw.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  raw.send("{}");
  expect(statuses(await raw.until(/evt_1/))).toEqual([100, 200]);

  raw.send(`${HEAD}Expect: 100-continue\r\nContent-Length: 5000\r\n\r\n`);
  expect(statuses(await raw.closed())).toEqual([100, 200, 413]);
  expect(deliveries).toHaveLength(1);

  const other = await rawConnection(port);
  other.send(`${HEAD}Expect: the-moon\r\nContent-Length: 2\r\n\r\n{}`);
  expect(await other.until(ERROR("expectation_failed"))).toMatch(/^HTTP\/1\.1 417 /);
});

test("garbage behind a request that is being stored does not take its answer", async () => {
  const { port } = await startIngest({
    receive: async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { kind: "accepted", eventId: "stripe:1", duplicate: false, reply: null };
    },
  });
  const raw = await rawConnection(port);

  raw.send(`${HEAD}Content-Length: 2\r\n\r\n{}garbage\r\n\r\n`);

  const received = await raw.closed();
  expect(statuses(received)).toEqual([200]);
  expect(received).toContain("Connection: close");
});

test("a tunnel cannot be opened", async () => {
  const { port } = await startIngest();
  const raw = await rawConnection(port);

  raw.send("CONNECT internal:80 HTTP/1.1\r\nHost: internal:80\r\n\r\n");

  expect(statuses(await raw.closed())).toEqual([404]);
});

test("an upgrade is not taken up, the request behind it is", async () => {
  const { port } = await startIngest();
  const raw = await rawConnection(port);

  raw.send(`${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n{}`);

  expect(statuses(await raw.until(/evt_1/))).toEqual([200]);
});
