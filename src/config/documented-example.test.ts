import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { load } from "../../test/config-folder.ts";
import { providers } from "../providers/index.ts";
import { defaultConfigText } from "./default-config.ts";
import { configJsonSchema } from "./json-schema.ts";
import { printableConfig } from "./print.ts";

const EXAMPLE = `
server:
  ingest: { host: 0.0.0.0, port: 4640, maxBodyBytes: 262144, maxJsonDepth: 64, rateLimit: { perSecond: 1000, burst: 2000 }, maxBacklog: 1000000 }
  admin:  { host: 127.0.0.1, port: 4641, tokens: [ { name: ops, role: operate, secret: "\${env:STRONGROOM_ADMIN_TOKEN}" } ] }
  shutdownGrace: 10s
store: { dataDir: ./.strongroom, minFreeDisk: 64MiB, retention: { events: 30d, audit: 400d }, auditCheckpoint: /mnt/elsewhere/strongroom.checkpoint }
archive: { dir: ./.strongroom/archive }
sources:
  stripe:  { provider: stripe, secrets: ["\${env:STRIPE_WEBHOOK_SECRET}", "\${env:STRIPE_WEBHOOK_SECRET_OLD?}"], tolerance: 5m }
  paypal:  { provider: paypal, webhookId: "\${env:PAYPAL_WEBHOOK_ID}", certs: { dir: ./certs, roots: [] } }
  square:  { provider: square, secrets: ["\${env:SQUARE_SIGNATURE_KEY}"], notificationUrl: "https://hooks.example.com/webhooks/square" }
  shop-eu: { provider: generic, secrets: ["\${file:shop_eu}"], hmac: { header: x-signature, encoding: hex, signed: "{timestamp}.{body}", timestampHeader: x-timestamp } }
processor: { batchSize: 10, concurrency: 8, handler: ./handlers.mjs, handlerTimeout: 30s, retry: { maxAttempts: 3, base: 5s, max: 2m } }
destinations:
  ledger: { url: "https://ledger.internal/hooks/payments", secret: "\${env:LEDGER_WHSEC}", events: ["payment.*", "refund.*"], format: standard }
  legacy: { url: "http://127.0.0.1:3000/api/stripe-webhook", format: original, sources: [stripe], resign: "\${env:LEGACY_STRIPE_WHSEC}" }
alerts: [ { to: "file:./.strongroom/alerts.ndjson" }, { to: "https://hooks.internal/alerts" } ]
redaction: { enabled: true }
log: { level: info }
`;

const env = {
  STRONGROOM_ADMIN_TOKEN: "an-admin-token-of-16-bytes",
  STRIPE_WEBHOOK_SECRET: "whsec_0123456789abcdef",
  PAYPAL_WEBHOOK_ID: "1AB23456CD789012E",
  SQUARE_SIGNATURE_KEY: "square-key-0123456789",
  LEDGER_WHSEC: `whsec_${Buffer.alloc(24, 1).toString("base64")}`,
  LEGACY_STRIPE_WHSEC: "whsec_fedcba9876543210",
};
const files = { "handlers.mjs": "", shop_eu: "generic-secret-0123456789\n" };

describe("the example in the documentation", () => {
  const config = () => load(EXAMPLE, env, { files });

  it("loads as it stands", () => {
    expect(config()).toMatchObject({
      store: { auditCheckpoint: "/mnt/elsewhere/strongroom.checkpoint" },
      sources: {
        stripe: { provider: "stripe", settings: { tolerance: 300_000 } },
        square: { settings: { notificationUrl: "https://hooks.example.com/webhooks/square" } },
        "shop-eu": { settings: { hmac: { encoding: "hex", signed: "{timestamp}.{body}" }, lenient: false } },
      },
      destinations: { ledger: { format: "standard" }, legacy: { sources: ["stripe"] } },
    });
  });

  it("is printed in the shape of the file: loading what was printed gives the same", () => {
    const first = config();
    const { version: _, ...printed } = printableConfig(first);
    const again = load(stringify(printed), env, { files });
    expect({ ...again, file: null, written: null }).toEqual({ ...first, file: null, written: null });
  });

  it("fits the JSON Schema, and a mistake in it does not", () => {
    const schema = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
    const document = { version: 1, ...(parse(EXAMPLE) as object) };
    expect(schema.safeParse(document).error).toBeUndefined();
    for (const mistake of [{ version: 2 }, { extra: 1 }, { log: { level: "loud" } }, { sources: { "A B": {} } }]) {
      expect(schema.safeParse({ ...document, ...mistake }).success).toBe(false);
    }
  });
});

describe("the JSON Schema", () => {
  it("describes the source of every provider", () => {
    const text = JSON.stringify(configJsonSchema());
    for (const name of Object.keys(providers)) expect(text).toContain(`"const":${JSON.stringify(name)}`);
  });

  it("accepts a reference where a text with a form is wanted", () => {
    const schema = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
    const grace = (shutdownGrace: string) => schema.safeParse({ version: 1, server: { shutdownGrace } }).success;
    expect([grace("10s"), grace("${env:GRACE}"), grace("10")]).toEqual([true, true, false]);
  });
});

describe("the file that init writes", () => {
  const secretsFor: Readonly<Record<string, string>> = {
    ...env,
    ADYEN_WEBHOOK_SECRET: "0f".repeat(32),
    GENERIC_WEBHOOK_SECRET: "generic-secret-0123456789",
    STANDARD_WEBHOOKS_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 2).toString("base64")}`,
  };
  const body = (text: string) => text.replace("version: 1\n", "");

  it.each(Object.keys(providers))("loads for %s once its secrets are set", (name) => {
    const config = load(body(defaultConfigText([name])), secretsFor);
    expect(config.sources).toMatchObject({ [name]: { provider: name } });
    expect(Object.keys(config.sources)).toEqual([name]);
  });

  it("loads for all of them at once, named twice or not at all", () => {
    const names = Object.keys(providers);
    expect(Object.keys(load(body(defaultConfigText([...names, ...names])), secretsFor).sources)).toEqual(names);
    expect(load(body(defaultConfigText([]))).sources).toEqual({});
  });

  it("says nothing that is not so: its examples load when they are no comments", () => {
    const text = body(defaultConfigText(["stripe"])).replace(/^( *)# (?=( *[a-zA-Z]+:| *- \{))/gm, "$1");
    const config = load(text, secretsFor, { files: { "handlers.mjs": "" } });
    expect(config.server.admin.tokens).toHaveLength(1);
    expect(Object.keys(config.destinations)).toEqual(["ledger", "legacy"]);
    expect(config.processor.handler).toMatch(/handlers\.mjs$/);
  });

  it("cannot be written for a provider that does not exist", () => {
    expect(() => defaultConfigText(["constructor"])).toThrow("there is no provider constructor");
  });
});
