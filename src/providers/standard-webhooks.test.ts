import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { announce } from "../domain/announcement.ts";
import type { JsonValue } from "../domain/json.ts";
import { type NormalisedEvent, placeEvent } from "../domain/payment-event.ts";
import { standardWebhooks } from "./standard-webhooks.ts";

const NOW = Date.parse("2026-03-02T10:00:00.000Z");
const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString("base64")}`;
const BODY = '{"type":"ping","data":{}}';

function headersOf(brand: string, id: string, key: Buffer = KEY): Record<string, string> {
  const signature = createHmac("sha256", key)
    .update(`${id}.${NOW / 1000}.${BODY}`)
    .digest("base64");
  return { [`${brand}-id`]: id, [`${brand}-timestamp`]: `${NOW / 1000}`, [`${brand}-signature`]: `v1,${signature}` };
}

function verify(headers: Record<string, string>, secrets = [SECRET]) {
  return standardWebhooks.verify(
    { headers, body: Buffer.from(BODY) },
    { secrets, settings: { tolerance: 300_000 }, now: NOW, certificate: async () => null },
  );
}

function read(body: JsonValue, headers: Record<string, string>): NormalisedEvent {
  const normalised = standardWebhooks.normalise(body, JSON.stringify(body), { settings: {}, headers });
  if (normalised.kind !== "events") throw new Error(normalised.reason);
  return normalised.events[0] as NormalisedEvent;
}

describe("a delivery with both sets of headers", () => {
  test("is judged and named by the svix set", () => {
    const headers = { ...headersOf("webhook", "msg_w", Buffer.alloc(32)), ...headersOf("svix", "msg_s") };
    expect(verify(headers)).toMatchObject({ kind: "authentic" });
    expect(read({ type: "ping" }, headers).providerEventId).toBe("msg_s");
  });

  test("is refused when the svix set is wrong, however right the other is", () => {
    const headers = { ...headersOf("webhook", "msg_w"), ...headersOf("svix", "msg_s", Buffer.alloc(32)) };
    expect(verify(headers)).toMatchObject({ kind: "forged", reason: "wrong_signature" });
  });

  test("is judged and named by the webhook set when the svix set is not whole", () => {
    const headers = { ...headersOf("webhook", "msg_w"), "svix-id": "msg_s" };
    expect(verify(headers)).toMatchObject({ kind: "authentic" });
    expect(read({ type: "ping" }, headers).providerEventId).toBe("msg_w");
  });
});

test.each(["whsec_", "whsec_not base64!", "whpk_AAAA", `whsk_${KEY.toString("base64")}`])(
  "the secret %j verifies nothing",
  (secret) => {
    expect(verify(headersOf("webhook", "msg_1"), [secret])).toMatchObject({ kind: "forged" });
    expect(verify(headersOf("webhook", "msg_1", Buffer.alloc(0)), [secret])).toMatchObject({ kind: "forged" });
  },
);

test("a secret has to be base64 with its padding, and no private key", () => {
  const { pattern } = standardWebhooks.secret ?? {};
  for (const secret of [SECRET, SECRET.slice(6), SECRET.replace("whsec_", "whpk_")]) {
    expect(pattern?.test(secret), secret).toBe(true);
  }
  for (const secret of ["whsec_", SECRET.replace("whsec_", "whsk_"), SECRET.slice(0, -1), "whsec_with spaces in it"]) {
    expect(pattern?.test(secret), secret).toBe(false);
  }
});

test("what another inbox announces is the event that it processed", () => {
  const event = placeEvent(
    {
      providerEventId: "evt_1",
      providerType: "payment_intent.succeeded",
      type: "payment.succeeded",
      paymentId: "pi_1",
      occurredAt: "2026-03-02T09:59:55.000Z",
      amountMinor: "1999",
      currency: "EUR",
    },
    { source: "stripe", provider: "stripe", receivedAt: NOW },
  );
  const announcement = announce(event, { effect: "applied", status: "succeeded", replay: false });
  expect(read(announcement as unknown as JsonValue, { "webhook-id": "stripe:evt_1" })).toEqual({
    providerEventId: "stripe:evt_1",
    providerType: "payment.succeeded",
    type: "payment.succeeded",
    paymentId: "stripe:pi_1",
    occurredAt: "2026-03-02T09:59:55.000Z",
    amountMinor: "1999",
    currency: "EUR",
  });
});

test("an amount without a currency is not guessed", () => {
  const event = read({ type: "payment.succeeded", data: { transactionId: "t1", amount: 5 } }, { "webhook-id": "m1" });
  expect(event).toMatchObject({ amountMinor: null, currency: null });
  expect(event.quarantine).toBeUndefined();
});
