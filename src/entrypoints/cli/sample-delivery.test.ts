import { expect, it } from "vitest";
import type { SourceConfig } from "../../config/config.ts";
import type { Provider } from "../../domain/provider.ts";
import { providers } from "../../providers/index.ts";
import { samplers } from "../../providers/samples/index.ts";
import type { Sampler } from "../../providers/samples/sampler.ts";
import { signDelivery, TAMPERINGS, type Tampering } from "./sample-delivery.ts";

const NOW = Date.parse("2026-01-15T10:30:00Z");

const STRIPE = sourceOf("stripe", `whsec_${"a".repeat(40)}`, { tolerance: 300_000 });
const SQUARE = sourceOf("square", "b".repeat(24), { notificationUrl: "https://hooks.example.com/webhooks/square" });
const STANDARD = sourceOf("standard-webhooks", `whsec_${Buffer.alloc(24, 7).toString("base64")}`, {
  tolerance: 300_000,
});

const GENERIC = sourceOf("generic", "d".repeat(24), {});
const ADYEN = sourceOf("adyen", "ab".repeat(32), {});
const SOURCES = [STRIPE, SQUARE, STANDARD, GENERIC, ADYEN];
const TIMELESS = [SQUARE, GENERIC, ADYEN];

it.each(SOURCES)("signs so that the provider of $name believes it", async (source) => {
  expect(await judge(source, undefined)).toMatchObject({ kind: "authentic" });
});

it.each(
  SOURCES.flatMap((source) =>
    TAMPERINGS.filter((tamper) => !(tamper === "timestamp" && TIMELESS.includes(source))).map(
      (tamper) => [source.name, tamper, source] as const,
    ),
  ),
)("spoils a delivery of %s by its %s so that it is refused for that", async (_, tamper, source) => {
  const reason = tamper === "timestamp" ? "stale_timestamp" : "wrong_signature";
  expect(await judge(source, tamper)).toMatchObject({ kind: "forged", reason });
});

it.each(TIMELESS)("says that $name signs no time to spoil", async (source) => {
  await expect(judge(source, "timestamp")).rejects.toThrow("signs no time");
});

it.each(["100%", "1", "ab9"])("changes the last digit of a body without an amount: %s", (text) => {
  const sampler = samplers.stripe as Sampler;
  const spoilt = signDelivery(sampler, STRIPE, Buffer.from(text), { now: NOW, key: {}, tamper: "body" }).body;
  expect(spoilt).toHaveLength(text.length);
  expect(Buffer.from(spoilt).toString()).not.toBe(text);
});

it("signs with the newest secret that has not ended", async () => {
  const ended = { ref: "the ended one", value: `whsec_${"z".repeat(40)}`, notAfter: NOW - 1 };
  const sampler = samplers.stripe as Sampler;
  const body = Buffer.from("{}");
  const sent = signDelivery(sampler, { ...STRIPE, secrets: [ended, ...STRIPE.secrets] }, body, {
    now: NOW,
    key: {},
    tamper: undefined,
  });
  expect(sent).toEqual(signDelivery(sampler, STRIPE, body, { now: NOW, key: {}, tamper: undefined }));
});

it("keeps a spoiled body JSON of the same length", () => {
  const { body } = delivery(STRIPE, "body");
  const original = delivery(STRIPE, undefined).body;
  expect(body).toHaveLength(original.length);
  expect(JSON.parse(Buffer.from(body).toString())).not.toEqual(JSON.parse(Buffer.from(original).toString()));
});

async function judge(source: SourceConfig, tamper: Tampering | undefined) {
  const sent = delivery(source, tamper);
  return (providers[source.provider] as Provider).verify(sent, {
    secrets: source.secrets.map(({ value }) => value),
    settings: source.settings,
    now: NOW,
    certificate: async () => null,
  });
}

function delivery(source: SourceConfig, tamper: Tampering | undefined) {
  const sampler = samplers[source.provider];
  if (sampler === undefined) throw new Error("no sampler");
  const ids = { eventId: "evt_1", paymentId: "pay_1" };
  const request = { type: "payment.succeeded", amountMinor: 1999n, currency: "EUR", occurredAt: NOW, ...ids };
  return signDelivery(sampler, source, Buffer.from(sampler.body(request)), { now: NOW, key: {}, tamper });
}

function sourceOf(provider: string, value: string, settings: SourceConfig["settings"]): SourceConfig {
  return { name: provider, provider, secrets: [{ ref: "the secret", value, notAfter: null }], settings };
}
