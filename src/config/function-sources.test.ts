import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { folderWith } from "../../test/config-folder.ts";
import { ConfigError } from "../domain/errors.ts";
import type { SecretLookup, SecretStore } from "../domain/secret-lookup.ts";
import type { Source } from "../domain/source.ts";
import { openFunctionSources } from "./function-sources.ts";
import { loadFunctionConfig } from "./load-function-config.ts";

const NEW = "whsec_new_0123456789";
const OLD = "whsec_old_0123456789";
const FIXED = "whsec_fixed_0123456789";
const NOW = Date.parse("2026-06-01T12:00:00Z");

/** A store of secrets that is nothing but a map; what is null in it is out of reach. */
function storeOf(secrets: Readonly<Record<string, readonly string[] | null>>) {
  const asked: string[] = [];
  const newer: Record<string, readonly string[]> = {};
  const look = async (ids: readonly string[], key: string | null): Promise<SecretLookup> => {
    for (const id of ids) {
      const name = key === null ? id : `${id}#${key}`;
      asked.push(name);
      const values = newer[name] ?? secrets[name];
      if (values === null) return { kind: "unavailable" };
      if (values !== undefined) return { kind: "found", values };
    }
    return { kind: "unknown" };
  };
  const store: SecretStore = { values: look, newer: look };
  return { store, asked, newer };
}

interface Deployment {
  readonly env?: Readonly<Record<string, string>>;
  readonly prefix?: string | null;
  readonly secrets?: Readonly<Record<string, readonly string[] | null>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly provider?: string;
}

/** The source `shop` with these entries for its secrets. */
async function shop(entries: string, deployment: Deployment = {}) {
  const { env = {}, prefix = null, secrets = {}, files = {}, provider = "stripe" } = deployment;
  const cwd = folderWith({
    "strongroom.yaml": `version: 1\nsources: { shop: { provider: ${provider}, secrets: [${entries}] } }\n`,
    ...files,
  });
  const config = await loadFunctionConfig({ env, cwd });
  const fake = storeOf(secrets);
  const warnings: string[] = [];
  const sources = openFunctionSources(config, {
    env,
    secretsPrefix: prefix,
    store: fake.store,
    warn: (source, message) => warnings.push(`${source}: ${message}`),
  });
  const source = sources.get("shop") as Source;
  return { ...fake, source, warnings, secrets: () => source.secrets(NOW) };
}

async function problemsOf(opening: Promise<unknown>): Promise<Readonly<Record<string, string>>> {
  const error = await opening.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError)) throw new Error("nothing was wrong");
  return Object.fromEntries(error.problems.map(({ path, message }) => [path, message]));
}

describe("a reference to Secrets Manager", () => {
  it.each([
    ["without a prefix is the id as it is", "pay", null, ["pay#stripe"]],
    ["with a prefix is the deployment's own secret", "pay", "strongroom/prod", ["strongroom/prod/pay#stripe"]],
    ["takes a prefix that ends in a separator as it is", "pay", "strongroom/prod-", ["strongroom/prod-pay#stripe"]],
    ["that bears the prefix already is the id as it is", "prod/pay", "prod/", ["prod/pay#stripe"]],
    [
      "that is an ARN is the id as it is",
      "arn:aws:secretsmanager:eu-west-1:1:secret:pay-a1B2c3",
      "prod/",
      ["arn:aws:secretsmanager:eu-west-1:1:secret:pay-a1B2c3#stripe"],
    ],
  ])("%s", async (_, id, prefix, names) => {
    const { secrets, asked } = await shop(`"\${aws-sm:${id}#stripe}"`, {
      prefix,
      secrets: { [names[0] as string]: [NEW, OLD] },
    });
    expect(await secrets()).toEqual([NEW, OLD]);
    expect(asked).toEqual(names);
  });

  it("falls back to the plain id when the deployment has no such secret", async () => {
    const { secrets, asked } = await shop('"${aws-sm:pay#stripe}"', {
      prefix: "prod",
      secrets: { "pay#stripe": [NEW] },
    });
    expect(await secrets()).toEqual([NEW]);
    expect(asked).toEqual(["prod/pay#stripe", "pay#stripe"]);
  });
});

describe("a reference of the embedded inbox", () => {
  it("that is set keeps its value", async () => {
    const { secrets, asked } = await shop('"${env:S}", "${file:key}"', {
      env: { S: NEW },
      files: { key: `${FIXED}\n` },
      prefix: "prod/",
    });
    expect(await secrets()).toEqual([NEW, FIXED]);
    expect(asked).toEqual([]);
  });

  it.each(["${env:GONE}", "${file:gone}"])("that is not set stands for the source's own secret: %s", async (ref) => {
    const { secrets, asked } = await shop(`"${ref}"`, {
      prefix: "strongroom/prod",
      secrets: { "strongroom/prod/shop": [NEW, OLD] },
    });
    expect(await secrets()).toEqual([NEW, OLD]);
    expect(asked).toEqual(["strongroom/prod/shop"]);
  });

  it("that is optional and not set is left out", async () => {
    const { secrets } = await shop('"${env:GONE}", "${env:GONE_OLD?}"', {
      prefix: "prod/",
      secrets: { "prod/shop": [NEW] },
    });
    expect(await secrets()).toEqual([NEW]);
  });

  it.each([
    ["is not set and there is no prefix", '"${env:GONE}"', null, "sources.shop.secrets[0]", "GONE is not set"],
    [
      "is all optional and not set",
      '"${env:GONE?}", "${file:gone?}"',
      "prod/",
      "sources.shop.secrets",
      "holds no secret",
    ],
    ["is blank", '"${env:BLANK}"', "prod/", "sources.shop.secrets[0]", "is empty or blank"],
    ["is short", '"${env:SHORT}"', "prod/", "sources.shop.secrets[0]", "is shorter than 16 bytes"],
    ["is an API key", '"${env:API}"', "prod/", "sources.shop.secrets[0]", "this one is an API key"],
  ])("is refused when it %s", async (_, entries, prefix, path, message) => {
    const env = { BLANK: " ".repeat(20), SHORT: "fifteen-bytes-x", API: "sk_live_0123456789abcdef" };
    const problems = await problemsOf(shop(entries, { env, prefix }));
    expect(Object.keys(problems)).toEqual([path]);
    expect(problems[path]).toContain(message);
    for (const value of Object.values(env)) expect(JSON.stringify(problems)).not.toContain(value);
  });
});

describe("the secrets of a source", () => {
  it("are all that are valid now, in the order of the file, each once", async () => {
    const { source } = await shop(
      '{ ref: "${aws-sm:a#k}", notAfter: "2026-06-01T12:00:00Z" }, "${env:S}", "${aws-sm:b#k}"',
      {
        env: { S: FIXED },
        secrets: { "a#k": [OLD], "b#k": [NEW, FIXED] },
      },
    );
    expect(await source.secrets(NOW)).toEqual([OLD, FIXED, NEW]);
    expect(await source.secrets(NOW + 1)).toEqual([FIXED, NEW]);
  });

  it.each([
    ["one is out of reach", { "a#k": null }],
    ["one is out of reach though optional", { "a#k": [NEW], "b#k": null }],
    ["one that is needed is unknown", {}],
    ["one holds nothing that can be used", { "a#k": [] }],
  ])("cannot be had when %s: a delivery must not be called forged for that", async (_, secrets) => {
    const { source } = await shop('"${aws-sm:a#k}", "${aws-sm:b#k?}", "${env:S}"', { env: { S: FIXED }, secrets });
    expect(await source.secrets(NOW)).toBeNull();
  });

  it("may lack what is optional and unknown", async () => {
    const { secrets } = await shop('"${aws-sm:a#k}", "${aws-sm:b#k?}"', { secrets: { "a#k": [NEW] } });
    expect(await secrets()).toEqual([NEW]);
  });

  it("cannot be had when all have expired", async () => {
    const { secrets } = await shop('{ ref: "${aws-sm:a#k}", notAfter: "2026-06-01T11:59:59Z" }', {
      secrets: { "a#k": [NEW] },
    });
    expect(await secrets()).toBeNull();
  });

  it("leave out what no secret of the provider looks like, and say once that none is left", async () => {
    const { secrets, warnings } = await shop('"${aws-sm:a#k}"', { secrets: { "a#k": ["sk_live_0123456789abcdef"] } });
    expect(await secrets()).toBeNull();
    expect(await secrets()).toBeNull();
    expect(warnings).toEqual([expect.stringMatching(/^shop: no value of the secret can be used/)]);
    const mixed = await shop('"${aws-sm:a#k}"', { secrets: { "a#k": ["sk_live_0123456789abcdef", OLD] } });
    expect(await mixed.secrets()).toEqual([OLD]);
    expect(mixed.warnings).toEqual([]);
  });
});

describe("a signature that fits none of the secrets", () => {
  const body = Buffer.from('{"id":"evt_1"}');
  const t = NOW / 1000;
  const signedBy = (secret: string) => {
    const v1 = createHmac("sha256", secret).update(`${t}.${body}`).digest("hex");
    return { headers: { "stripe-signature": `t=${t},v1=${v1}` }, body };
  };
  const judge = async (source: Source, secret: string) => {
    const secrets = (await source.secrets(NOW)) ?? [];
    const context = { secrets, settings: source.settings, now: NOW, certificate: async () => null };
    return source.provider.verify(signedBy(secret), context);
  };

  it("is judged once more when a newer secret can be had", async () => {
    const { source, newer } = await shop('"${aws-sm:a#k}"', { secrets: { "a#k": [OLD] } });
    expect(await judge(source, OLD)).toMatchObject({ kind: "authentic" });
    const secrets = [OLD];
    newer["a#k"] = [NEW, OLD];
    const context = { secrets, settings: source.settings, now: NOW, certificate: async () => null };
    expect(await source.provider.verify(signedBy(NEW), context)).toMatchObject({ kind: "authentic", secretIndex: 0 });
    expect(await source.provider.verify(signedBy(FIXED), context)).toMatchObject({
      kind: "forged",
      reason: "wrong_signature",
    });
  });

  it("stays forged when there is none, or none can be had", async () => {
    const { source, asked } = await shop('"${aws-sm:a#k}"', { secrets: { "a#k": [OLD] } });
    expect(await judge(source, NEW)).toMatchObject({ kind: "forged", reason: "wrong_signature" });
    expect(asked).toEqual(["a#k", "a#k"]);
    const gone = await shop('"${aws-sm:a#k}"', { secrets: { "a#k": null } });
    const context = { secrets: [OLD], settings: gone.source.settings, now: NOW, certificate: async () => null };
    expect(await gone.source.provider.verify(signedBy(NEW), context)).toMatchObject({ kind: "forged" });
  });

  it("asks for nothing where the secrets cannot change", async () => {
    const { source, asked } = await shop('"${env:S}"', { env: { S: OLD } });
    expect(await judge(source, NEW)).toMatchObject({ kind: "forged", reason: "wrong_signature" });
    expect(asked).toEqual([]);
  });
});

it("a provider without secrets needs none", async () => {
  const cwd = folderWith({ "strongroom.yaml": "version: 1\nsources: { p: { provider: paypal, webhookId: 1AB } }\n" });
  const sources = openFunctionSources(await loadFunctionConfig({ env: {}, cwd }), {
    env: {},
    secretsPrefix: "prod/",
    store: storeOf({}).store,
    warn: () => {},
  });
  expect(await sources.get("p")?.secrets(NOW)).toEqual([]);
});
