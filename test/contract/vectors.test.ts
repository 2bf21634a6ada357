import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readJson } from "../../src/domain/json.ts";
import { providers } from "../../src/providers/index.ts";

/** One published or derived delivery with the verdict that this project has decided on. */
interface Vector {
  readonly id: string;
  readonly scheme: string;
  readonly secret: string;
  readonly secrets?: readonly string[];
  readonly webhook_id?: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | null;
  readonly body_base64?: string;
  readonly url?: string;
  /** Unix seconds. */
  readonly now?: number;
  /** Seconds. */
  readonly tolerance?: number;
  readonly cert_pem?: string;
  readonly chain_pem?: string | readonly string[];
  readonly root_pem?: string;
  readonly expect: "valid" | "invalid" | "unknown";
  readonly outcome?: string;
  readonly reason: string;
}

// Which provider of ours verifies a scheme. A scheme that is not here is not one of ours.
const PROVIDER_OF: Readonly<Record<string, string>> = {
  "stripe-v1": "stripe",
  "paypal-cert-v2": "paypal",
  "square-hmacsha256": "square",
  "adyen-standard": "adyen",
  "standard-webhooks": "standard-webhooks",
  svix: "standard-webhooks",
  "standard-webhooks-v1a": "standard-webhooks",
};

// The vectors are not part of this repository: they quote other projects.
const folder = process.env.STRONGROOM_VECTORS ?? resolve(import.meta.dirname, "../../../shared/providers");
const present = existsSync(join(folder, "vectors.json"));
const vectors = present ? ours(JSON.parse(readFileSync(join(folder, "vectors.json"), "utf8")).vectors) : [];

describe.skipIf(!present)("published vectors (skipped without STRONGROOM_VECTORS, the folder they are in)", () => {
  test("there are vectors for the providers that have published ones", () => {
    expect(new Set(vectors.map(({ scheme }) => PROVIDER_OF[scheme])).size).toBeGreaterThanOrEqual(3);
  });

  // Some vectors name certificates that do not come with them.
  const complete = vectors.filter(hasCertificates);
  const incomplete = vectors.filter((vector) => !hasCertificates(vector));
  test.skip.each(incomplete.map(({ id }) => id))("%s cannot be judged without its certificates", () => {});

  test.each(complete.map((vector) => [vector.id, vector.expect, vector.reason, vector] as const))(
    "%s is %s: %s",
    async (_id, expected, _reason, vector) => {
      const provider = providerOf(vector);
      const body =
        vector.body_base64 === undefined ? Buffer.from(vector.body ?? "") : Buffer.from(vector.body_base64, "base64");
      const headers = Object.fromEntries(
        Object.entries(vector.headers).map(([name, value]) => [name.toLowerCase(), value]),
      );
      const verification = await provider.verify(
        { headers, body },
        {
          secrets: vector.secrets ?? [vector.secret],
          settings: settingsOf(vector),
          now: (vector.now ?? 1_700_000_000) * 1000,
          certificate: async () => served(vector),
        },
      );
      const parses = vector.outcome !== "signature-ok-parse-fails" || readJson(body, 64).ok;
      expect({ verification, accepted: verification.kind === "authentic" && parses }).toMatchObject({
        accepted: expected === "valid",
      });
    },
  );

  const samples = Object.keys(providers).flatMap((name) =>
    existsSync(join(folder, "payloads", name))
      ? readdirSync(join(folder, "payloads", name)).map((file) => [`${name}/${file}`, name] as const)
      : [],
  );

  test.each(samples)("sample payload %s is read into events", (path, name) => {
    const parsed = readJson(readFileSync(join(folder, "payloads", path)), 64);
    if (!parsed.ok) throw new Error(`the sample is ${parsed.reason}`);
    const headers = { "webhook-id": "msg_1" };
    const normalised = providers[name]?.normalise(parsed.value, parsed.text, { settings: {}, headers });
    expect(normalised?.kind).toMatch(/^(events|malformed)$/);
  });
});

function ours(all: readonly Vector[]): readonly Vector[] {
  return all.filter(
    ({ scheme, expect }) => expect !== "unknown" && Object.hasOwn(providers, PROVIDER_OF[scheme] ?? "none"),
  );
}

function hasCertificates({ cert_pem, chain_pem = [], root_pem }: Vector): boolean {
  return [cert_pem, chain_pem, root_pem]
    .flat()
    .every((file) => file === undefined || file.startsWith("-----BEGIN") || existsSync(join(folder, file)));
}

function providerOf(vector: Vector) {
  const provider = providers[PROVIDER_OF[vector.scheme] ?? ""];
  if (provider === undefined) throw new Error(`no provider for ${vector.scheme}`);
  return provider;
}

function settingsOf(vector: Vector): Record<string, unknown> {
  return {
    tolerance: (vector.tolerance ?? 300) * 1000,
    notificationUrl: vector.url,
    webhookId: vector.webhook_id,
    certs: { roots: vector.root_pem === undefined ? [] : [pem(vector.root_pem)] },
  };
}

/** A leaf and whatever is sent along, which nobody has to trust. */
function served({ cert_pem, chain_pem = [] }: Vector): string | null {
  return cert_pem === undefined ? null : [cert_pem, ...[chain_pem].flat()].map(pem).join("\n");
}

function pem(file: string): string {
  return file.startsWith("-----BEGIN") ? file : readFileSync(join(folder, file), "utf8");
}
