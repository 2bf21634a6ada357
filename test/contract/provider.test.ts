import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../src/domain/json.ts";
import { isPaymentEventType, kindOf, type NormalisedEvent } from "../../src/domain/payment-event.ts";
import type { Provider } from "../../src/domain/provider.ts";
import { providers } from "../../src/providers/index.ts";
import { samplers } from "../../src/providers/samples/index.ts";
import type { SampleRequest } from "../../src/providers/samples/sampler.ts";
import { bytesOf, fixturesOf, normaliseBytes, type ProviderFixture, verifyCase } from "./provider-fixture.ts";

describe.each(Object.entries(providers))("provider %s", (name, provider) => {
  const fixtures = fixturesOf(name);
  const authentic = fixtures.filter((fixture) => fixture.verify.kind === "authentic");

  test("is registered under its own name and has a sample writer", () => {
    expect(provider.name).toBe(name);
    expect(samplers[name]).toBeDefined();
  });

  test("has fixtures of a succeeded payment, a refund, a dispute and a forgery", () => {
    const types = fixtures.flatMap(({ normalise }) => (normalise?.kind === "events" ? normalise.events : []));
    expect(types.map(({ type }) => type)).toContain("payment.succeeded");
    expect(types.some(({ type }) => String(type).startsWith("refund."))).toBe(true);
    expect(types.some(({ type }) => String(type).startsWith("dispute."))).toBe(true);
    expect(fixtures.some((fixture) => fixture.verify.kind === "forged")).toBe(true);
  });

  test.each(fixtures.map((fixture) => [fixture.title, fixture] as const))("%s", async (_, fixture) => {
    expect(await verifyCase(provider, fixture)).toMatchObject(fixture.verify);
    if (fixture.normalise === null) return;
    const normalised = normaliseBytes(provider, bytesOf(fixture), fixture);
    expect(normalised).toMatchObject(fixture.normalise);
    if (normalised.kind === "events") normalised.events.forEach(expectWellFormed);
  });

  test.skipIf(authentic.some((fixture) => fixture.bodySigned === false))(
    "does not believe a body that differs in one byte",
    async () => {
      for (const fixture of authentic) {
        const body = bytesOf(fixture);
        const variants: Uint8Array[] = [0, body.length >> 1, body.length - 1].map((position) => {
          const flipped = Buffer.from(body);
          flipped[position] = (flipped[position] ?? 0) ^ 1;
          return flipped;
        });
        variants.push(body.subarray(0, -1), Buffer.concat([body, Buffer.from("\n")]));
        for (const variant of variants) await expectRefused(provider, fixture, { body: variant });
      }
    },
  );

  test("does not believe a delivery that lacks one of its signature headers or repeats it", async () => {
    for (const fixture of authentic) {
      for (const header of provider.signatureHeaders.filter((header) => fixture.headers[header] !== undefined)) {
        const value = String(fixture.headers[header]);
        await expectRefused(provider, fixture, { headers: { ...fixture.headers, [header]: undefined } });
        await expectRefused(provider, fixture, { headers: { ...fixture.headers, [header]: "" } });
        await expectRefused(provider, fixture, { headers: { ...fixture.headers, [header]: [value, value] } });
      }
    }
  });

  test.skipIf(provider.secret === null)("believes nothing without a secret or with another one", async () => {
    for (const fixture of authentic) {
      await expectRefused(provider, fixture, { secrets: [] });
      await expectRefused(provider, fixture, { secrets: [""] });
      await expectRefused(provider, fixture, { secrets: fixture.secrets.map(otherSecret) });
    }
  });

  test.skipIf(provider.secret === null)("says which secret matched while secrets are rotated", async () => {
    for (const fixture of authentic.filter(({ secrets }) => secrets.length === 1)) {
      const secrets = [...fixture.secrets.map(otherSecret), ...fixture.secrets];
      expect(await verifyCase(provider, fixture, { secrets })).toMatchObject({ kind: "authentic", secretIndex: 1 });
    }
  });

  test("judges any headers and any body without a throw, and believes none", async () => {
    const [fixture] = authentic as [ProviderFixture];
    const value = fc.oneof(fc.string(), fc.constantFrom("t=1,v1=00", "v1,AAAA", "0"), fc.array(fc.string()));
    const headers = fc.dictionary(fc.constantFrom(...Object.keys(fixture.headers), "x-other"), value, {
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(headers, fc.uint8Array(), async (headers, body) => {
        expect((await verifyCase(provider, fixture, { headers, body })).kind).not.toBe("authentic");
      }),
      { numRuns: 200 },
    );
  });

  test("reads any JSON without a throw into events that can be kept", () => {
    const readable = authentic.filter(({ normalise }) => normalise?.kind === "events");
    const bodies = readable.map((fixture) => [fixture, JSON.parse(bytesOf(fixture).toString()) as JsonValue] as const);
    const changed = fc
      .tuple(fc.constantFrom(...bodies), fc.nat(), fc.jsonValue())
      .map(([[fixture, body], position, other]) => [fixture, replaceAt(body, position, other as JsonValue)] as const);
    const anything = fc.jsonValue().map((body) => [authentic[0] as ProviderFixture, body as JsonValue] as const);
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: changed }, anything), ([fixture, body]) => {
        const normalised = normaliseBytes(provider, Buffer.from(JSON.stringify(body)), fixture);
        if (normalised.kind === "events") normalised.events.forEach(expectWellFormed);
      }),
      { numRuns: 500 },
    );
  });

  describe("sample", () => {
    const sampler = samplers[name];
    const fixture = authentic.find(({ signing }) => signing !== undefined) ?? authentic[0];
    const amounts = [
      { amountMinor: 1999n, currency: "EUR" },
      { amountMinor: 500n, currency: "JPY" },
    ];

    test.each(sampler?.types ?? [])("%s is believed and means what was asked for", async (type) => {
      if (sampler === undefined || fixture === undefined) throw new Error("no sample writer or no authentic fixture");
      const now = Date.parse(fixture.now);
      for (const amount of amounts) {
        const asked = { type, ...amount, ...IDS, occurredAt: now - 2000 };
        const written = Buffer.from(sampler.body(asked));
        const context = { secret: fixture.secrets[0] ?? null, settings: fixture.settings, now, ...fixture.signing };
        const body = sampler.seal?.(written, context) ?? written;
        const headers = sampler.sign(body, context);
        expect(await verifyCase(provider, fixture, { headers, body })).toMatchObject({ kind: "authentic" });
        const normalised = normaliseBytes(provider, body, { headers, settings: fixture.settings });
        if (normalised.kind !== "events") throw new Error(`a sample is ${normalised.kind}`);
        expect(normalised.events).toHaveLength(1);
        expectAsked(normalised.events[0] as NormalisedEvent, asked);
        expect(sampler.body(asked)).toBe(written.toString());
      }
    });

    test("of an unknown type is refused with the types there are", () => {
      const ask = () => sampler?.body({ type: "no.such.type", amountMinor: 1n, currency: "EUR", occurredAt: 0 });
      expect(ask).toThrow(RangeError);
      expect(ask).toThrow(/payment\.succeeded/);
    });

    test("without ids never repeats an event id", () => {
      const bodies = Array.from({ length: 20 }, () =>
        sampler?.body({ type: "payment.succeeded", amountMinor: 1n, currency: "EUR", occurredAt: 0 }),
      );
      expect(new Set(bodies).size).toBe(20);
    });
  });
});

const IDS = {
  eventId: "evt0000000000001",
  paymentId: "PAY0000000000001",
  refundId: "REF0000000000001",
  disputeId: "DIS0000000000001",
};

async function expectRefused(provider: Provider, fixture: ProviderFixture, changed: Parameters<typeof verifyCase>[2]) {
  const { kind } = await verifyCase(provider, fixture, changed);
  expect(kind, `${fixture.title} with ${JSON.stringify(changed)}`).toBe("forged");
}

/** A secret of the same form that is not this one. */
function otherSecret(secret: string): string {
  const position = Math.max(secret.length - 5, 0);
  return `${secret.slice(0, position)}${secret[position] === "0" ? "1" : "0"}${secret.slice(position + 1)}`;
}

/** What every event has to keep to, whatever the provider sent. */
function expectWellFormed(event: NormalisedEvent): void {
  expect(event.providerEventId).toMatch(/^[^\p{Cc}]{1,255}$/u);
  expect(event.type === "other" || isPaymentEventType(event.type)).toBe(true);
  if (event.occurredAt !== null) expect(new Date(event.occurredAt).toISOString()).toBe(event.occurredAt);
  if (event.amountMinor !== null) {
    expect(event.amountMinor).toBe(`${BigInt(event.amountMinor)}`);
    if (event.amountMinor.startsWith("-")) expect(event.quarantine).toBe("negative_amount");
  }
  if (event.currency !== null) expect(event.currency).toMatch(/^[A-Z]{3}$/);
  if (event.type === "other") expect(event.paymentId).toBeNull();
  expect(JSON.parse(JSON.stringify(event))).toEqual(event);
}

function expectAsked(event: NormalisedEvent, asked: SampleRequest): void {
  expect(event).toMatchObject({
    paymentId: asked.paymentId,
    amountMinor: `${asked.amountMinor}`,
    currency: asked.currency,
    [isPaymentEventType(asked.type) ? "type" : "providerType"]: asked.type,
  });
  expect(event.quarantine).toBeUndefined();
  if (kindOf(event.type) === "dispute") expect(event.disputeId).toBe(asked.disputeId);
  // A total refunded so far belongs to no refund.
  if (kindOf(event.type) === "refund") expect([asked.refundId, undefined]).toContain(event.refundId);
  // A composite id carries what it was made from.
  expect(event.providerEventId).toMatch(
    new RegExp(`${asked.eventId}|${asked.paymentId}|${asked.refundId}|${asked.disputeId}`),
  );
  if (event.occurredAt !== null) expect(Math.abs(Date.parse(event.occurredAt) - asked.occurredAt)).toBeLessThan(1000);
}

/** The same value with its n-th node, counted over and over, replaced. */
function replaceAt(value: JsonValue, position: number, other: JsonValue): JsonValue {
  let left = position % countNodes(value);
  const walk = (node: JsonValue): JsonValue => {
    if (left-- === 0) return other;
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(value);
}

function countNodes(value: JsonValue): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + countNodes(inner as JsonValue), 1);
}
