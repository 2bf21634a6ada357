import fc from "fast-check";
import { expect, test } from "vitest";
import { rawConnection, statuses } from "../../test/http/raw-http.ts";
import { startIngest } from "../../test/http/start-ingest.ts";

const token = fc.stringMatching(/^[a-zA-Z0-9!#$%&'*+.^_`|~-]{1,30}$/);
const latin1 = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
const telling = fc.constantFrom(
  "content-length",
  "transfer-encoding",
  "content-encoding",
  "expect",
  "connection",
  "host",
  "upgrade",
  "te",
  "trailer",
  "content-type",
);
const value = fc.oneof(latin1, fc.constantFrom("0", "2", "chunked", "100-continue", "close", "gzip", "", "99999999"));
const header = fc.tuple(fc.oneof(token, telling), value).map(([name, text]) => `${name}: ${text}\r\n`);
const path = fc.oneof(fc.constantFrom("/webhooks/stripe", "/livez", "*", "/"), latin1);
const method = fc.oneof(fc.constantFrom("POST", "GET", "HEAD", "CONNECT", "TRACE"), token);

const request = fc
  .tuple(method, path, fc.array(header, { maxLength: 12 }), fc.uint8Array({ maxLength: 3000 }))
  .map(([verb, where, headers, body]) =>
    Buffer.concat([Buffer.from(`${verb} ${where} HTTP/1.1\r\nHost: x\r\n${headers.join("")}\r\n`, "latin1"), body]),
  );

test("no header and no body makes a listener whose pipeline works answer 5xx or fall over", async () => {
  const { port, url, faults } = await startIngest({ patienceMs: 60 });

  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 3 }), async (requests) => {
      const raw = await rawConnection(port);
      for (const bytes of requests) raw.send(bytes);
      raw.socket.end();
      const received = await raw.closed();
      expect(statuses(received).filter((status) => status >= 500)).toEqual([]);
    }),
    { numRuns: 150 },
  );

  expect((await fetch(`${url}/livez`)).status).toBe(200);
  expect(faults).toEqual([]);
});

test("every body within the limit arrives byte for byte, however it is cut", async () => {
  const { port, deliveries } = await startIngest();

  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 5 }), async (pieces) => {
      const before = deliveries.length;
      const raw = await rawConnection(port);
      raw.send("POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (const piece of pieces) {
        raw.send(`${piece.length.toString(16)}\r\n`);
        raw.send(piece);
        raw.send("\r\n");
      }
      raw.send("0\r\n\r\n");
      expect(statuses(await raw.closed())).toEqual([200]);
      expect(Buffer.from(deliveries[before]?.delivery.body ?? [])).toEqual(Buffer.concat(pieces));
    }),
    { numRuns: 50 },
  );
});
