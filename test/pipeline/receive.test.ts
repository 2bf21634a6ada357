import { createHmac, hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StoreError } from "../../src/domain/errors.ts";
import type { Source } from "../../src/domain/source.ts";
import { openReceive, type ReceiveParts } from "../../src/pipeline/receive.ts";
import { redact } from "../../src/pipeline/redact.ts";
import type { AlertKind } from "../../src/ports/alerts.ts";
import { providers } from "../../src/providers/index.ts";
import { clock, temporaryStore } from "../support/embedded.ts";
import { SILENT } from "../support/silent-metrics.ts";

const SECRET = "a secret of more than sixteen bytes";

const settingsOf: Record<string, Record<string, unknown>> = {
  stripe: { tolerance: 300_000 },
  square: { notificationUrl: "https://shop.example/webhooks/square" },
  paypal: { webhookId: "1AB23456CD789012E" },
  generic: { tolerance: 300_000, lenient: false, hmac: { header: "x-signature", encoding: "hex", signed: "{body}" } },
};

function sourceOf(name: string, secrets: readonly string[] | null = [SECRET]): Source {
  const provider = providers[name];
  if (provider === undefined) throw new Error(name);
  return { name, provider, settings: settingsOf[name] ?? {}, secrets: () => secrets };
}

async function receiving(over: Partial<ReceiveParts> = {}) {
  const store = await temporaryStore();
  const alerts: [AlertKind, string][] = [];
  const receive = openReceive({
    events: store.events,
    backlog: store.queue.depth,
    alerts: { raise: (kind, target) => alerts.push([kind, target]) },
    metrics: SILENT,
    clock,
    certificate: async () => null,
    sha256: (bytes) => hash("sha256", bytes, "hex"),
    redact,
    limits: () => ({ maxJsonDepth: 64, maxBacklog: 1000 }),
    ...over,
  });
  return { store, receive, alerts };
}

function signed(body: string, secret = SECRET) {
  const t = Math.floor(Date.now() / 1000);
  const v1 = createHmac("sha256", secret).update(`${t}.${body}`).digest("hex");
  return {
    headers: { "stripe-signature": `t=${t},v1=${v1}`, "content-type": "application/json" },
    body: Buffer.from(body),
  };
}

const paid = (over: object = {}) =>
  JSON.stringify({
    id: "evt_1",
    object: "event",
    created: 1_700_000_000,
    type: "payment_intent.succeeded",
    data: { object: { id: "pi_1", object: "payment_intent", amount: 1999, amount_received: 1999, currency: "eur" } },
    ...over,
  });

describe("receive", () => {
  it("keeps an authentic event before it accepts it, and a copy once", async () => {
    const { store, receive } = await receiving();
    const accepted = { kind: "accepted", eventId: "stripe:evt_1", reply: null };
    expect(await receive(sourceOf("stripe"), signed(paid()))).toEqual({ ...accepted, duplicate: false });
    expect(await receive(sourceOf("stripe"), signed(paid()))).toEqual({ ...accepted, duplicate: true });
    const record = await store.events.get("stripe:evt_1");
    expect(record).toMatchObject({
      event: { type: "payment.succeeded", transactionId: "stripe:pi_1", amountMinor: "1999", currency: "EUR" },
      headers: { "content-type": "application/json" },
    });
    expect(JSON.stringify(record)).not.toContain("v1=");
  });

  it("keeps nothing of a delivery that is not authentic", async () => {
    const { store, receive } = await receiving();
    const forged = signed(paid(), "another secret of many bytes");
    expect(await receive(sourceOf("stripe"), forged)).toEqual({ kind: "forged", reason: "wrong_signature" });
    expect(store.queue.depth()).toBe(0);
  });

  it.each([
    ["}{", "invalid_json"],
    ['{"id":"evt_1","id":"evt_2"}', "duplicate_key"],
    [`{"id":"evt_1","a":${"[".repeat(70)}${"]".repeat(70)}}`, "too_deep"],
    ['{"type":"payment_intent.succeeded"}', "no_event_id"],
    ['{"id":"evt_\\u0000","type":"x"}', "no_event_id"],
  ])("refuses the authentic body %s as %s", async (body, reason) => {
    const { receive } = await receiving();
    expect(await receive(sourceOf("stripe"), signed(body))).toMatchObject({ kind: "malformed", reason });
  });

  it("stores card data redacted, under the digest of the body as it came", async () => {
    const { store, receive } = await receiving();
    const body = paid({ note: "card 4111 1111 1111 1111" });
    await receive(sourceOf("stripe"), signed(body));
    const payload = Buffer.from((await store.events.payload("stripe:evt_1")) as Uint8Array).toString();
    expect(payload).not.toContain("1111 1111");
    expect(await store.events.get("stripe:evt_1")).toMatchObject({
      redacted: true,
      bodySha256: hash("sha256", body),
      bodyBytes: body.length,
    });
  });

  it("raises a conflict for another body under a known id, but not for what counts down between retries", async () => {
    const { receive, alerts } = await receiving();
    const source = sourceOf("stripe");
    await receive(source, signed(paid({ pending_webhooks: 2 })));
    await receive(source, signed(paid({ pending_webhooks: 1 })));
    expect(alerts).toEqual([]);
    expect(await receive(source, signed(paid({ livemode: true })))).toMatchObject({
      kind: "accepted",
      duplicate: true,
    });
    expect(alerts).toEqual([["event.conflict", "stripe:evt_1"]]);
  });

  it("accepts nothing while it cannot verify or cannot keep", async () => {
    const none = await receiving();
    expect(await none.receive(sourceOf("stripe", null), signed(paid()))).toEqual({
      kind: "unavailable",
      reason: "secrets_unavailable",
    });
    const full = await receiving({ limits: () => ({ maxJsonDepth: 64, maxBacklog: 0 }) });
    expect(await full.receive(sourceOf("stripe"), signed(paid()))).toEqual({
      kind: "unavailable",
      reason: "backlog_full",
    });
    for (const [fault, reason, alert] of [
      ["full", "store_full", "store.full"],
      ["unavailable", "store_unavailable", "store.unavailable"],
      ["locked", "store_unavailable", "store.unavailable"],
    ] as const) {
      const away = await receiving();
      const events = { ...away.store.events, store: () => Promise.reject(new StoreError(fault, "made up")) };
      const { receive, alerts } = await receiving({ events });
      expect(await receive(sourceOf("stripe"), signed(paid()))).toEqual({ kind: "unavailable", reason });
      expect(alerts).toEqual([[alert, "store"]]);
    }
  });

  it("never throws, whatever the headers and the body, and accepts none of it unsigned", async () => {
    const { receive } = await receiving();
    const header = fc.oneof(
      fc.string(),
      fc.array(fc.string(), { maxLength: 3 }),
      fc.constant("t=1700000000,v1=00"),
      fc.base64String(),
    );
    const names = Object.values(providers).flatMap((provider) => provider.signatureHeaders);
    const headers = fc.dictionary(fc.constantFrom(...names, "x-signature", "content-type"), header);
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => new TextEncoder().encode(text)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(providers)), headers, body, async (name, given, bytes) => {
        const outcome = await receive(sourceOf(name), { headers: given, body: bytes });
        expect(outcome.kind).not.toBe("accepted");
      }),
      { numRuns: 600 },
    );
  });
});
