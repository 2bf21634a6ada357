import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { afterTest, ok, serve, status } from "../../../../test/embedded/loopback-server.ts";
import type { OutboxItem } from "../../../ports/announcer.ts";
import { type Destination, type HttpAnnouncerOptions, openHttpAnnouncer } from "./http-announcer.ts";

const SECRET = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;

function open(destination: Partial<Destination> & { url: string }, options: Partial<HttpAnnouncerOptions> = {}) {
  const announcer = openHttpAnnouncer({
    destinations: [
      {
        name: "ledger",
        format: "standard",
        secret: { value: SECRET },
        resign: null,
        concurrency: 4,
        timeoutMs: 5000,
        ...destination,
      },
    ],
    payload: async () => ({ payload: BODY, headers: {} }),
    resign: () => ({}),
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    ...options,
  });
  afterTest(() => announcer.close());
  return announcer;
}

const BODY = Buffer.from('{ "id":"evt_1",  "amount":0.10 }\n');
const never = new AbortController().signal;
const item: OutboxItem = {
  id: 1,
  destination: "ledger",
  messageId: "msg_stripe:evt_1",
  attempts: 0,
  announcement: {
    type: "payment.succeeded",
    timestamp: "2025-01-15T10:30:00.000Z",
    data: {
      eventId: "stripe:evt_1",
      source: "stripe",
      provider: "stripe",
      providerEventId: "evt_1",
      providerType: "payment_intent.succeeded",
      occurredAt: "2025-01-15T10:30:00.000Z",
      receivedAt: "2025-01-15T10:30:01.000Z",
      transactionId: "stripe:pi_1",
      amountMinor: "1999",
      currency: "EUR",
      status: "succeeded",
      effect: "applied",
      stale: false,
    },
  },
};

describe("a standard destination", () => {
  test("gets the announcement as JSON under a stable id, signed per Standard Webhooks", async () => {
    const { url, received } = await serve(ok);
    const announcer = open({ url });
    expect(await announcer.deliver(item, never)).toEqual({ kind: "delivered" });
    expect(await announcer.deliver({ ...item, attempts: 1 }, never)).toEqual({ kind: "delivered" });
    expect(received).toHaveLength(2);
    for (const { headers, body } of received) {
      expect(headers["content-type"]).toBe("application/json");
      expect(headers["webhook-id"]).toBe("msg_stripe:evt_1");
      expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toEqual(item.announcement);
    }
  });

  test("is signed at the time of the attempt", async () => {
    const { url, received } = await serve(ok);
    const announcer = open({ url }, { clock: { now: () => 1_700_000_000_999, monotonic: () => 0 } });
    await announcer.deliver(item, never);
    expect(received[0]?.headers["webhook-timestamp"]).toBe("1700000000");
  });

  test("can verify whatever secret the reference library takes", async () => {
    const { url, received } = await serve(ok);
    const secrets = fc
      .tuple(
        fc.constantFrom("", "whsec_"),
        fc.oneof(
          fc.base64String({ minLength: 16, maxLength: 64 }),
          fc.string({ minLength: 16, maxLength: 40, unit: fc.constantFrom(..."aZ09+/-_é=") }),
        ),
      )
      .map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(secrets, async (value) => {
        received.length = 0;
        const announcer = open({ url, secret: { value } });
        await announcer.deliver(item, never);
        announcer.close();
        const [{ headers, body } = { headers: {}, body: Buffer.from("") }] = received;
        expect(() => oracle(value).verify(body, headers as Record<string, string>)).not.toThrow();
      }),
      { numRuns: 60 },
    );
  });

  test("without a secret gets no signature", async () => {
    const { url, received } = await serve(ok);
    await open({ url, secret: null }).deliver(item, never);
    expect(received[0]?.headers).not.toHaveProperty("webhook-signature");
  });
});

function oracle(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch {
    return new Webhook(Buffer.from(secret), { format: "raw" });
  }
}

describe("an original destination", () => {
  test("gets the stored bytes under the headers kept with them", async () => {
    const { url, received } = await serve(ok);
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "User-Agent": "Provider/1",
      Host: "evil",
      "Content-Length": "3",
    };
    const announcer = open({ url, format: "original" }, { payload: async () => ({ payload: BODY, headers }) });
    expect(await announcer.deliver(item, never)).toEqual({ kind: "delivered" });
    expect(received[0]?.body.equals(BODY)).toBe(true);
    expect(received[0]?.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Provider/1",
      "content-length": String(BODY.length),
    });
    expect(received[0]?.headers.host).toMatch(/^127\.0\.0\.1:/);
    expect(received[0]?.headers).not.toHaveProperty("webhook-signature");
  });

  test("is signed anew by the source's scheme when it has a secret for that", async () => {
    const { url, received } = await serve(ok);
    const announcer = open(
      { url, format: "original", resign: { value: "legacy" } },
      {
        clock: { now: () => 5000, monotonic: () => 0 },
        resign: ({ source, secret, body, now }) => ({ "X-Signature": [source, secret, body.length, now].join() }),
      },
    );
    await announcer.deliver(item, never);
    expect(received[0]?.headers["x-signature"]).toBe(`stripe,legacy,${BODY.length},5000`);
    expect(received[0]?.headers["content-type"]).toBe("application/json");
  });

  test("fails while the payload is gone or cannot be read", async () => {
    const { url, received } = await serve(ok);
    const gone = open({ url, format: "original" }, { payload: async () => null });
    expect(await gone.deliver(item, never)).toEqual({ kind: "failed", error: "the event's payload is gone" });
    const broken = open({ url, format: "original" }, { payload: () => Promise.reject(new TypeError("secret")) });
    expect(await broken.deliver(item, never)).toEqual({
      kind: "failed",
      error: "the request could not be made: TypeError",
    });
    expect(received).toEqual([]);
  });
});

test("a failure is passed on with the time that the destination asks for", async () => {
  const { url } = await serve(status(503, { "retry-after": "7" }));
  expect(await open({ url }).deliver(item, never)).toEqual({ kind: "failed", error: "HTTP 503", retryAfterMs: 7000 });
});

test("a destination that is not in the configuration is a failure", async () => {
  const { url } = await serve(ok);
  const result = await open({ url }).deliver({ ...item, destination: "gone" }, never);
  expect(result).toMatchObject({ kind: "failed" });
});

describe("a name", () => {
  const loopback = ((_name: string, _options: object, done: (error: null, found: object[]) => void) =>
    done(null, [{ address: "127.0.0.1", family: 4 }])) as unknown as NonNullable<HttpAnnouncerOptions["resolve"]>;

  test("that anyone may own is not followed to this machine", async () => {
    const { port, received } = await serve(ok);
    const announcer = open({ url: `http://hooks.example.com:${port}/` }, { resolve: loopback });
    expect(await announcer.deliver(item, never)).toEqual({
      kind: "failed",
      error: "the name leads to an address that is not allowed",
    });
    expect(received).toEqual([]);
  });

  test("of this machine or of a private network is followed there", async () => {
    const { port, received } = await serve(ok);
    for (const name of ["localhost", "ledger.internal"]) {
      const announcer = open({ url: `http://${name}:${port}/` }, { resolve: loopback });
      expect(await announcer.deliver(item, never)).toEqual({ kind: "delivered" });
    }
    expect(received).toHaveLength(2);
  });
});
