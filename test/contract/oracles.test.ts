import { hmacValidator as HmacValidator } from "@adyen/api-library";
import fc from "fast-check";
import { WebhooksHelper } from "square";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { providers } from "../../src/providers/index.ts";
import { samplers } from "../../src/providers/samples/index.ts";

// The official libraries as oracles: what they sign is believed, what we sign they believe, and what they refuse is
// refused. Where they are more lenient than we are, the case says so.

const NOW = Date.parse("2026-03-02T10:00:00.000Z");
const SECONDS = NOW / 1000;
const SETTINGS = { tolerance: 300_000, notificationUrl: "https://hooks.example.com/webhooks/square" };

/** JSON text, which no library decodes into something else before it hashes it. */
const bodies = fc.json({ noUnicodeString: false });
/** One change to a text that makes it another text. */
const edits = fc.tuple(fc.nat(), fc.constantFrom("drop", "double", "append", "prepend"));

async function believes(name: string, secret: string, headers: Record<string, string>, body: string, now = NOW) {
  const verification = await providers[name]?.verify(
    { headers, body: Buffer.from(body) },
    { secrets: [secret], settings: SETTINGS, now, certificate: async () => null },
  );
  return verification?.kind === "authentic";
}

function signedByUs(name: string, secret: string, body: string): Record<string, string> {
  return samplers[name]?.sign(Buffer.from(body), { secret, settings: SETTINGS, now: NOW }) ?? {};
}

function edit(text: string, [position, how]: readonly [number, string]): string {
  const at = position % Math.max(text.length, 1);
  if (how === "drop" && text.length > 1 && text[at] !== text[at + 1]) return text.slice(0, at) + text.slice(at + 1);
  if (how === "double") return `${text.slice(0, at)}x${text.slice(at)}`;
  return how === "append" ? `${text}\n` : ` ${text}`;
}

describe("Stripe's library", () => {
  const { webhooks } = new Stripe("sk_test_not_a_key");
  const secrets = fc.stringMatching(/^whsec_[A-Za-z0-9]{16,40}$/);

  function accepts(body: string, header: string, secret: string, now = NOW): boolean {
    try {
      webhooks.constructEvent(body, header, secret, 300, undefined, now);
      return true;
    } catch {
      return false;
    }
  }

  test("signs what is believed, and an edited body is refused by both", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, secrets, edits, async (payload, secret, change) => {
        const header = webhooks.generateTestHeaderString({ payload, secret, timestamp: SECONDS });
        expect(await believes("stripe", secret, { "stripe-signature": header }, payload)).toBe(true);
        const edited = edit(payload, change);
        expect(accepts(edited, header, secret)).toBe(false);
        expect(await believes("stripe", secret, { "stripe-signature": header }, edited)).toBe(false);
      }),
    );
  });

  test("believes our samples", () => {
    for (const type of samplers.stripe?.types ?? []) {
      const body = samplers.stripe?.body({ type, amountMinor: 1999n, currency: "EUR", occurredAt: NOW }) ?? "";
      const header = signedByUs("stripe", "whsec_oracle_secret", body)["stripe-signature"] ?? "";
      expect(accepts(body, header, "whsec_oracle_secret"), type).toBe(true);
    }
  });

  test("believes the future, which is refused here", async () => {
    const [payload, secret] = ['{"id":"evt_1","object":"event"}', "whsec_oracle_secret"];
    for (const [age, theirs, ours] of [
      [300, true, true],
      [301, false, false],
      [-300, true, true],
      [-301, true, false],
    ] as const) {
      const header = webhooks.generateTestHeaderString({ payload, secret, timestamp: SECONDS - age });
      expect(accepts(payload, header, secret), `${age} s old`).toBe(theirs);
      expect(await believes("stripe", secret, { "stripe-signature": header }, payload), `${age} s old`).toBe(ours);
    }
  });
});

describe("Square's library", () => {
  const keys = fc.stringMatching(/^[A-Za-z0-9_-]{16,40}$/);

  test("believes what we sign, and both refuse an edited body or another URL", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, keys, edits, async (body, signatureKey, change) => {
        const headers = signedByUs("square", signatureKey, body);
        const signatureHeader = headers["x-square-hmacsha256-signature"] ?? "";
        const { notificationUrl } = SETTINGS;
        const accepts = (requestBody: string, url: string) =>
          WebhooksHelper.verifySignature({ requestBody, signatureHeader, signatureKey, notificationUrl: url });
        expect(await accepts(body, notificationUrl)).toBe(true);
        expect(await believes("square", signatureKey, headers, body)).toBe(true);
        const edited = edit(body, change);
        expect(await accepts(edited, notificationUrl)).toBe(false);
        expect(await believes("square", signatureKey, headers, edited)).toBe(false);
        expect(await accepts(body, `${notificationUrl}/`)).toBe(false);
      }),
    );
  });
});

describe("the Standard Webhooks library", () => {
  const keys = fc.uint8Array({ minLength: 24, maxLength: 64 });
  const secretOf = (key: Uint8Array) => `whsec_${Buffer.from(key).toString("base64")}`;

  test("signs what is believed, and an edited body or id is not", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, keys, edits, async (body, key, change) => {
        const secret = secretOf(key);
        const headers = {
          "webhook-id": "msg_1",
          "webhook-timestamp": `${SECONDS}`,
          "webhook-signature": new Webhook(secret).sign("msg_1", new Date(NOW), body),
        };
        expect(await believes("standard-webhooks", secret, headers, body)).toBe(true);
        expect(await believes("standard-webhooks", secret, headers, edit(body, change))).toBe(false);
        expect(await believes("standard-webhooks", secret, { ...headers, "webhook-id": "msg_2" }, body)).toBe(false);
        expect(await believes("standard-webhooks", secret, headers, body, NOW + 300_001)).toBe(false);
      }),
    );
  });

  test("believes what we sign, and refuses it edited", () => {
    const now = Date.now();
    fc.assert(
      fc.property(bodies, keys, edits, (body, key, change) => {
        const secret = secretOf(key);
        // The library has no clock of ours, so this one is signed now.
        const headers =
          samplers["standard-webhooks"]?.sign(Buffer.from(body), { secret, settings: SETTINGS, now }) ?? {};
        expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
        expect(() => new Webhook(secret).verify(edit(body, change), headers)).toThrow();
      }),
    );
  });
});

describe("Adyen's library", () => {
  const validator = new HmacValidator();
  const key = "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789ABCDEF";
  const fields = fc.record({
    pspReference: fc.stringMatching(/^[A-Z0-9]{16}$/),
    originalReference: fc.option(fc.stringMatching(/^[A-Z0-9]{16}$/), { nil: undefined }),
    merchantAccountCode: fc.stringMatching(/^[A-Za-z0-9]{1,20}$/),
    merchantReference: fc.stringMatching(/^[A-Za-z0-9 \\/.-]{1,30}$/),
    eventCode: fc.constantFrom("AUTHORISATION", "REFUND", "CAPTURE"),
    success: fc.constantFrom("true", "false"),
    amount: fc.record({ value: fc.integer({ min: 1, max: 1e9 }), currency: fc.constantFrom("EUR", "USD", "JPY") }),
  });

  test("signs what is believed, and a changed amount is refused by both", async () => {
    await fc.assert(
      fc.asyncProperty(fields, async ({ originalReference, ...rest }) => {
        const item = {
          ...rest,
          ...(originalReference === undefined ? {} : { originalReference }),
          eventDate: "2026-03-02T10:59:55+01:00",
          paymentMethod: "visa",
          reason: "",
        };
        type Item = Parameters<typeof validator.validateHMAC>[0];
        const hmacSignature = validator.calculateHmac(item as unknown as Item, key);
        const bodyOf = (amount: { value: number; currency: string }) => {
          const signed = { ...item, amount, additionalData: { hmacSignature } };
          return {
            signed,
            body: JSON.stringify({ live: "false", notificationItems: [{ NotificationRequestItem: signed }] }),
          };
        };
        const sent = bodyOf(item.amount);
        expect(validator.validateHMAC(sent.signed as unknown as Item, key)).toBe(true);
        expect(await believes("adyen", key, {}, sent.body)).toBe(true);
        const changed = bodyOf({ ...item.amount, value: item.amount.value + 1 });
        expect(validator.validateHMAC(changed.signed as unknown as Item, key)).toBe(false);
        expect(await believes("adyen", key, {}, changed.body)).toBe(false);
      }),
    );
  });
});
