import { createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { eventPath, fresh } from "./asking.ts";
import type { Deployment, IngestAnswer, Json, SendOptions } from "./deployment.ts";

/** What is not taken, and what its sender is told. */
export function refusalScenarios(deployment: () => Deployment): void {
  describe("a forged delivery", () => {
    const FORGERIES: readonly (readonly [source: string, options: SendOptions])[] = [
      ...["stripe", "paypal", "square", "adyen", "generic", "standard"].flatMap((source) =>
        (["body", "signature", "secret"] as const).map((tamper) => [source, { tamper }] as const),
      ),
      ...["stripe", "paypal", "standard"].map((source) => [source, { tamper: "timestamp" }] as const),
    ];

    it.each(FORGERIES)("of %s, %j, is refused and leaves nothing behind", async (source, options) => {
      const [id, payment] = [fresh("evt"), fresh("pay")];
      expectForged(await deployment().send(source, "payment.succeeded", { id, payment, ...options }));
      const { json } = await deployment().api("GET", `/api/events?q=${encodeURIComponent(`${source}:${id}`)}`);
      expect(json.items).toEqual([]);
      expect((await deployment().api("GET", `/api/transactions/${source}:${payment}`)).status).toBe(404);
    });

    it("is answered the same whatever was wrong with it, and the operator is told what it was", async () => {
      const { post, sign } = deployment();
      const body = JSON.stringify({ id: fresh("evt"), type: "payment_intent.succeeded", data: {} });
      const good = sign("stripe", body)["stripe-signature"] as string;
      const at = (seconds: number) => {
        const time = Math.floor(Date.now() / 1000) + seconds;
        return `t=${time},v1=${createHmac("sha256", "x").update(`${time}.${body}`).digest("hex")}`;
      };
      const causes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
        missing_signature: {},
        malformed_signature: { "stripe-signature": "v1=nonsense" },
        wrong_signature: { "stripe-signature": at(0) },
      };
      const answers = [];
      for (const headers of Object.values(causes)) answers.push(await post("stripe", headers, body));
      answers.push(await post("stripe", { "stripe-signature": good }, `${body} `));
      answers.push(await post("stripe", { "stripe-signature": good.replace(/t=\d+/, "t=1") }, body));
      answers.push(await deployment().send("stripe", "payment.succeeded", { tamper: "timestamp" }));
      for (const answer of answers) expectForged(answer);
      const shapes = answers.map(({ headers, text }) => [headers.get("content-length"), text.replace(UUID, "")]);
      expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);

      const { json } = await deployment().api("GET", "/api/rejections?limit=6");
      const reasons = json.items.map(({ reason }: Json) => reason).reverse();
      expect(reasons).toEqual([
        "missing_signature",
        "malformed_signature",
        "wrong_signature",
        "wrong_signature",
        "wrong_signature",
        "stale_timestamp",
      ]);
    });
  });

  describe("a request that is no delivery", () => {
    const call = (path: string, init: RequestInit = {}) =>
      fetch(`${deployment().ingestUrl}${path}`, { method: "POST", body: "{}", ...init });

    it("is 404 at an unknown source and at everything that is not ingest", async () => {
      for (const path of [
        "/webhooks/nobody",
        "/webhooks/",
        "/webhooks/Stripe",
        "/",
        "/api/events",
        "/metrics",
        "/readyz",
      ]) {
        const response = await call(path);
        expect([path, response.status, errorOf(await response.text())]).toEqual([path, 404, "not_found"]);
      }
    });

    it.each(["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])(
      "is 405 for %s, with what is allowed",
      async (method) => {
        const response = await fetch(`${deployment().ingestUrl}/webhooks/stripe`, { method });
        expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
      },
    );

    it("is 413 when it is too long, and taken when it is just not", async () => {
      const pad = (body: string, length: number) => body.replace(/^\{/, `{"padding":"${"p".repeat(length)}",`);
      const id = fresh("evt");
      const size = (length: number): SendOptions => ({ id, edit: (body) => pad(body, length) });
      const much = await deployment().send("generic", "payment.succeeded", size(262_144));
      expect([much.status, errorOf(much.text)]).toEqual([413, "body_too_large"]);
      expect((await deployment().send("generic", "payment.succeeded", size(200_000))).status).toBe(200);
    });

    it.each(["gzip", "identity", "br"])("is 415 with content encoding %s", async (encoding) => {
      const body = JSON.stringify({ id: fresh("evt") });
      const bytes = encoding === "gzip" ? gzipSync(body) : Buffer.from(body);
      const headers = { ...deployment().sign("stripe", bytes), "content-encoding": encoding };
      const answer = await deployment().post("stripe", headers, bytes);
      expect([answer.status, errorOf(answer.text)]).toEqual([415, "unsupported_encoding"]);
    });
  });

  describe("an authentic body that cannot be kept", () => {
    const deep = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`;
    const withId = (id: unknown) => JSON.stringify({ id, type: "customer.created", created: 1, data: { object: {} } });
    const GENERIC = {
      transactionId: "txn_1",
      amount: 1,
      currency: "EUR",
      status: "completed",
      timestamp: "2026-01-15T10:30:00Z",
    };

    it.each([
      ["that is not JSON", "stripe", "id=canary_input", "invalid_json"],
      ["with bytes after the JSON", "stripe", '{"id":"canary_input"} x', "invalid_json"],
      ["that is not UTF-8", "stripe", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), "invalid_utf8"],
      ["with duplicate keys", "stripe", '{"id":"canary_input","id":"evt_2"}', "duplicate_key"],
      [
        "with a duplicate key that is spelt otherwise",
        "stripe",
        '{"id":"canary_input","\\u0069d":"x"}',
        "duplicate_key",
      ],
      ["that is too deep", "stripe", deep(65), "too_deep"],
      ["without an event id", "stripe", '{"object":"event"}', "no_event_id"],
      ["with an empty event id", "stripe", withId(""), "no_event_id"],
      ["with an event id of 256 characters", "stripe", withId("x".repeat(256)), "no_event_id"],
      ["with a control character in its event id", "stripe", withId("evt_\n1"), "no_event_id"],
      [
        "without an amount, where the schema is ours",
        "generic",
        JSON.stringify({ ...GENERIC, amount: undefined }),
        "invalid_event",
      ],
      [
        "with no money, where the schema is ours",
        "generic",
        JSON.stringify({ ...GENERIC, amount: 0 }),
        "invalid_event",
      ],
      ["with too many decimals", "generic", JSON.stringify({ ...GENERIC, amount: "1.999" }), "invalid_event"],
      ["with an unknown currency", "generic", JSON.stringify({ ...GENERIC, currency: "EURO" }), "invalid_event"],
      ["with an unknown status", "generic", JSON.stringify({ ...GENERIC, status: "canary_input" }), "invalid_event"],
    ])("%s is 400", async (_, source, body, code) => {
      const answer = await deployment().post(source, deployment().sign(source, body), body);
      expect([answer.status, errorOf(answer.text)]).toEqual([400, code]);
      expect(answer.text).not.toContain("canary_input");
    });

    it("is kept when it is just not too deep, or its id just not too long", async () => {
      for (const id of ["x".repeat(255), "evt/ä 1"]) {
        const body = withId(id);
        const answer = await deployment().post("stripe", deployment().sign("stripe", body), body);
        expect([answer.status, answer.json]).toEqual([
          200,
          { received: true, eventId: `stripe:${id}`, duplicate: false },
        ]);
        expect((await deployment().api("GET", eventPath(`stripe:${id}`))).json).toMatchObject({ providerEventId: id });
      }
      const body = `{"id":"${fresh("evt")}","data":${deep(63)}}`;
      expect((await deployment().post("stripe", deployment().sign("stripe", body), body)).status).toBe(200);
    });
  });
}

const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/;

function expectForged(answer: IngestAnswer): void {
  expect([answer.status, errorOf(answer.text)]).toEqual([401, "bad_signature"]);
}

/** The error code of an answer that has nothing but a code and a request id. */
function errorOf(text: string): string {
  const { error, requestId, ...rest } = JSON.parse(text);
  expect({ requestId, rest }).toEqual({ requestId: expect.stringMatching(UUID), rest: {} });
  return error;
}
