import { readdirSync, readFileSync } from "node:fs";
import { readJson } from "../../src/domain/json.ts";
import type { Normalisation, Verification } from "../../src/domain/outcome.ts";
import type { Delivery, Provider } from "../../src/domain/provider.ts";

/** One delivery and what has to become of it: `test/fixtures/<provider>/<case>.json`. */
export interface ProviderFixture {
  /** A sentence. */
  readonly title: string;
  readonly secrets: readonly string[];
  /** As `verify` gets them: durations in milliseconds. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** RFC 3339. */
  readonly now: string;
  readonly headers: Delivery["headers"];
  /** The exact text, or `bodyBase64` for bytes that are no text. */
  readonly body?: string;
  readonly bodyBase64?: string;
  /** PEM text by URL. */
  readonly certificates?: Readonly<Record<string, string>>;
  /** False for a scheme that signs fields and not the bytes. */
  readonly bodySigned?: boolean;
  /** Marks the case whose secrets and settings the provider's samples are signed and verified with. */
  readonly signing?: { readonly signingKey?: string; readonly certUrl?: string };
  /** A part of what `verify` says. */
  readonly verify: Partial<Verification>;
  /** A part of what the body means; null where a delivery is not authentic and nobody reads it. */
  readonly normalise:
    | { readonly kind: "events"; readonly events: readonly Readonly<Record<string, unknown>>[] }
    | { readonly kind: "malformed"; readonly reason: string }
    | null;
}

export function fixturesOf(provider: string): readonly ProviderFixture[] {
  const folder = new URL(`../fixtures/${provider}/`, import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as ProviderFixture);
}

export function bytesOf(fixture: Pick<ProviderFixture, "body" | "bodyBase64">): Buffer {
  return fixture.body === undefined ? Buffer.from(fixture.bodyBase64 ?? "", "base64") : Buffer.from(fixture.body);
}

/** What the provider says of this case, with the parts of the delivery that a test wants to be different. */
export async function verifyCase(
  provider: Provider,
  fixture: ProviderFixture,
  changed: Partial<Delivery> & { readonly secrets?: readonly string[] } = {},
): Promise<Verification> {
  return provider.verify(
    { headers: changed.headers ?? fixture.headers, body: changed.body ?? bytesOf(fixture) },
    {
      secrets: changed.secrets ?? fixture.secrets,
      settings: fixture.settings,
      now: Date.parse(fixture.now),
      certificate: async (url) => fixture.certificates?.[url] ?? null,
    },
  );
}

/** Parsing and normalising in the order in which a delivery goes through them. */
export function normaliseBytes(
  provider: Provider,
  body: Uint8Array,
  context: { readonly headers: Delivery["headers"]; readonly settings: Readonly<Record<string, unknown>> },
): Normalisation | { readonly kind: "malformed"; readonly reason: string } {
  const parsed = readJson(body, 64);
  return parsed.ok
    ? provider.normalise(parsed.value, parsed.text, context)
    : { kind: "malformed", reason: parsed.reason };
}
