import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { folderWith, load, problemsOf } from "../../test/config-folder.ts";
import { ConfigError } from "../domain/errors.ts";
import { configJsonSchema } from "./json-schema.ts";
import { loadConfig } from "./load.ts";
import { printableConfig } from "./print.ts";
import { openSources } from "./sources.ts";

const NEW = "whsec_new_0123456789";
const OLD = "whsec_old_0123456789";
const stripe = (entries: string) => `sources: { stripe: { provider: stripe, secrets: [${entries}] } }`;
const first = "sources.stripe.secrets[0]";
const NOON = Date.parse("2026-06-01T12:00:00Z");

describe("a secret", () => {
  it("comes from the environment as it is", () => {
    const { secrets } = load(stripe('"${env:S}"'), { S: ` ${NEW}\n` }).sources.stripe ?? { secrets: [] };
    expect(secrets).toEqual([{ ref: "${env:S}", value: ` ${NEW}\n`, notAfter: null }]);
  });

  it.each([
    ["one newline is trimmed", `${NEW}\n`, NEW],
    ["a Windows one too", `${NEW}\r\n`, NEW],
    ["a second one is not", `${NEW}\n\n`, `${NEW}\n`],
    ["a space is not", `${NEW} `, `${NEW} `],
    ["without one nothing is", NEW, NEW],
  ])("comes from a file: %s", (_, content, value) => {
    const config = load(stripe('"${file:s/key}"'), {}, { files: { "s/key": content } });
    expect(config.sources.stripe?.secrets).toEqual([{ ref: "${file:s/key}", value, notAfter: null }]);
  });

  it.each([
    ["a literal", `"${NEW}"`, "must be a reference"],
    ["a literal in ref", `{ ref: "${NEW}" }`, "must be a reference"],
    ["nearly a reference", '"${env:S}x"', "must be a reference"],
    ["blank", '" "', "must be a reference"],
    ["a number", "1234567890123456", "must be a reference"],
    ["not set", '"${env:GONE}"', "the environment variable GONE is not set"],
    ["empty", '"${env:EMPTY}"', "is empty or blank"],
    ["empty though optional", '"${env:EMPTY?}"', "is empty or blank"],
    ["blank behind the reference", '"${env:BLANK}"', "is empty or blank"],
    ["short", '"${env:SHORT}"', "is shorter than 16 bytes"],
    ["a file that is not there", '"${file:nothing}"', "cannot read"],
    ["a folder", '"${file:.}"', "is not a regular file"],
    ["on AWS", '"${aws-sm:prod/strongroom#stripe}"', "only on AWS"],
    ["an API key", '"${env:API_KEY}"', "this one is an API key"],
  ])("is refused when it is %s", (_, entry, message) => {
    const env = {
      EMPTY: "",
      BLANK: " ".repeat(20),
      SHORT: "fifteen-bytes-x",
      API_KEY: "sk_live_0123456789abcdef",
    };
    const problems = problemsOf(() => load(stripe(entry), env));
    expect(Object.keys(problems)).toEqual([first]);
    expect(problems[first]).toContain(message);
  });

  it("is measured in bytes, not in letters", () => {
    expect(load(stripe('"${env:S}"'), { S: "éééééééé" }).sources.stripe?.secrets).toHaveLength(1);
  });

  it("is refused when it is not what the provider's secrets look like", () => {
    const text = 'sources: { a: { provider: adyen, secrets: ["${env:HMAC}"] } }';
    expect(problemsOf(() => load(text, { HMAC: "0x0123456789abcdef0123456789abcdef" }))).toEqual({
      "sources.a.secrets[0]": expect.stringContaining("64 hexadecimal digits"),
    });
    expect(load(text, { HMAC: "0f".repeat(32) }).sources.a?.secrets).toHaveLength(1);
  });

  it("is refused when its file is there and cannot be read, even if it is optional", () => {
    const cwd = folderWith({ "strongroom.yaml": `version: 1\n${stripe('"${file:key?}"')}` });
    symlinkSync("key", join(cwd, "key"));
    expect(problemsOf(() => loadConfig({ env: {}, cwd }))[first]).toContain("ELOOP");
  });

  it("is refused when its file is not text, or huge", () => {
    for (const content of [Buffer.from([0xff, 0xfe, ...Buffer.alloc(20, 65)]), Buffer.alloc(70_000, 65)]) {
      const cwd = folderWith({ "strongroom.yaml": `version: 1\n${stripe('"${file:key}"')}`, key: content });
      expect(Object.keys(problemsOf(() => loadConfig({ env: {}, cwd })))).toEqual([first]);
    }
  });
});

describe("rotation", () => {
  it("keeps the order of the file and drops what is optional and not set", () => {
    const entries = '"${env:NEW}", "${env:GONE?}", "${file:gone?}", "${env:OLD?}"';
    const config = load(stripe(entries), { NEW, OLD });
    expect(config.sources.stripe?.secrets.map(({ value }) => value)).toEqual([NEW, OLD]);
    expect(openSources(config).get("stripe")?.secrets(NOON)).toEqual([NEW, OLD]);
  });

  it("counts the entries of the file in what it says", () => {
    expect(problemsOf(() => load(stripe(`"\${env:GONE?}", "${NEW}"`)))).toEqual({
      "sources.stripe.secrets[1]": expect.stringContaining("must be a reference"),
    });
  });

  it("ends with notAfter, to the millisecond, in any offset", () => {
    const entries = '"${env:NEW}", { ref: "${env:OLD}", notAfter: "2026-06-01T14:00:00+02:00" }';
    const source = openSources(load(stripe(entries), { NEW, OLD }, { now: NOON + 1 })).get("stripe");
    expect(source?.secrets(NOON)).toEqual([NEW, OLD]);
    expect(source?.secrets(NOON + 1)).toEqual([NEW]);
  });

  it.each(["tomorrow", "2026-06-01", "2026-06-01T12:00:00", "2026-13-01T12:00:00Z", "06/01/2026 12:00"])(
    "refuses notAfter %s",
    (text) => {
      expect(problemsOf(() => load(stripe(`{ ref: "\${env:NEW}", notAfter: "${text}" }`), { NEW }))).toEqual({
        "sources.stripe.secrets[0].notAfter": "must be a time such as 2030-01-31T00:00:00Z",
      });
    },
  );

  it.each([
    ["is set", '"${env:GONE?}"'],
    ["is valid any more", '{ ref: "${env:NEW}", notAfter: "2026-06-01T11:59:59Z" }'],
    ["is both", '"${env:GONE?}", { ref: "${env:NEW}", notAfter: "2026-06-01T11:59:59Z" }'],
  ])("is refused when no secret %s", (_, entries) => {
    expect(Object.keys(problemsOf(() => load(stripe(entries), { NEW }, { now: NOON })))).toEqual([
      "sources.stripe.secrets",
    ]);
  });
});

describe("other texts", () => {
  const square = (url: string) =>
    `sources: { s: { provider: square, secrets: ["\${env:K}"], notificationUrl: "${url}" } }`;
  const K = "square-key-0123456789";

  it("may hold references", () => {
    const config = load(
      square("https://${env:HOST}/webhooks/${file:path}"),
      { K, HOST: "a.example" },
      { files: { path: "square\n" } },
    );
    expect(config.sources.s?.settings.notificationUrl).toBe("https://a.example/webhooks/square");
  });

  it("are missing when their optional reference is not set", () => {
    expect(load('processor: { handler: "${env:HANDLER?}" }').processor.handler).toBeNull();
    expect(problemsOf(() => load(square("${env:URL?}"), { K }))).toEqual({
      "sources.s.notificationUrl": "is required",
    });
  });

  it("lose the entries of a list that are optional and not set", () => {
    const list = 'format: original, events: ["${env:A?}", "${env:B?}", "refund.*"]';
    const { d } = load(`destinations: { d: { url: "http://127.0.0.1:1", ${list} } }`, { B: "payment.*" }).destinations;
    expect(d?.events).toEqual(["payment.*", "refund.*"]);
  });

  it.each([
    ["${env:GONE}", "the environment variable GONE is not set"],
    ["https://${env:GONE}/", "the environment variable GONE is not set"],
    ["https://${HOST}/", "`${` starts a reference"],
    ["https://${env:HOST", "`${` starts a reference"],
    ["${aws-sm:a#b}", "only on AWS"],
    ["${env:HOST}", "must be an http or https URL"],
  ])("%j is refused", (url, message) => {
    const problems = problemsOf(() => load(square(url), { K, HOST: "no url" }));
    expect(Object.keys(problems)).toEqual(["sources.s.notificationUrl"]);
    expect(problems["sources.s.notificationUrl"]).toContain(message);
  });
});

describe("no secret gets out", () => {
  const hidden = {
    TOKEN: "hush-admin-token-hush",
    STRIPE: "whsec_hush_stripe_hush",
    DEST: `whsec_${Buffer.from("hush-destination-key-24b").toString("base64")}`,
    RESIGN: "hush-resign-key-hush",
    ALERT: "hush-in-a-path",
    WEBHOOK: "HUSH-WEBHOOK-ID",
  };
  const text = `
server: { admin: { tokens: [{ name: gone, role: read, secret: "\${env:GONE?}" }, { name: a, role: read, secret: "\${env:TOKEN}" }] } }
sources:
  s: { provider: stripe, secrets: ["\${env:STRIPE}", { ref: "\${file:key}", notAfter: "2099-01-01T00:00:00Z" }] }
  p: { provider: paypal, webhookId: "\${env:WEBHOOK}" }
destinations:
  d: { url: "https://a.example/\${env:ALERT}", secret: "\${env:DEST}" }
  o: { url: "https://b.example/", format: original, resign: { ref: "\${env:RESIGN}" } }
alerts: [{ to: "https://c.example/\${env:ALERT}" }]
`;
  const files = { key: "hush-in-a-file-hush\n" };
  const values = [...Object.values(hidden), "hush-in-a-file-hush"];
  const expectNone = (shown: string) => {
    for (const value of values) expect(shown).not.toContain(value);
    expect(shown.toLowerCase()).not.toContain("hush");
  };

  it("by printing: references stand for the values", () => {
    const printed = printableConfig(load(text, hidden, { files }));
    expectNone(JSON.stringify(printed));
    expect(printed).toMatchObject({
      server: { admin: { tokens: [{ name: "a", role: "read", secret: "${env:TOKEN}" }] } },
      sources: {
        s: {
          secrets: ["${env:STRIPE}", { ref: "${file:key}", notAfter: "2099-01-01T00:00:00.000Z" }],
          tolerance: "5m",
        },
        p: { webhookId: "${env:WEBHOOK}" },
      },
      destinations: { d: { url: "https://a.example/${env:ALERT}", secret: "${env:DEST}", timeout: "10s" } },
      alerts: [{ to: "https://c.example/${env:ALERT}" }],
    });
  });

  it("by printing a configuration whose references are not known", () => {
    const { written: _, ...config } = load(text, hidden, { files });
    expect(printableConfig(config)).toMatchObject({ server: { admin: { tokens: [{ secret: "(hidden)" }] } } });
  });

  it("by the JSON Schema", () => {
    load(text, hidden, { files });
    expectNone(JSON.stringify(configJsonSchema()));
  });

  it("by errors, wherever the value ends up", () => {
    const wrong = [
      ...Object.keys(hidden).flatMap((name) => [
        `server: { ingest: { host: "\${env:${name}}", port: "\${env:${name}}" }, shutdownGrace: "\${env:${name}}" }`,
        `log: { level: "\${env:${name}}" }\nredaction: { enabled: "\${env:${name}}" }\nprocessor: "\${env:${name}}"`,
        `sources: { x: { provider: "\${env:${name}}" } }\nalerts: [{ to: "\${env:${name}}" }]`,
        `sources: { x: { provider: adyen, secrets: ["\${env:${name}}"], merchantAccounts: "\${env:${name}}" } }`,
        `destinations: { x: { url: "\${env:${name}}", format: "\${env:${name}}", events: "\${env:${name}}" } }`,
        `destinations: { x: { url: "http://a.example", secret: "\${env:${name}}x", sources: ["\${env:${name}}"] } }`,
      ]),
      ...values.flatMap((value) => [
        stripe(`"${value}"`),
        stripe(`{ ref: "${value}", notAfter: "${value}" }`),
        stripe(`[${value}]`),
        `sources: { x: { provider: stripe, secrets: "${value}" } }`,
        `sources: { x: { provider: stripe, secret: "${value}" } }`,
        `sources: { x: { provider: paypal, webhookId: "${value} ${value}" } }`,
        `a: "${value}\n  "${value}: [`,
        `a: *${value}`,
        `a: !${value} b`,
        `${value}`,
      ]),
    ];
    for (const yaml of wrong) {
      try {
        load(yaml, hidden, { files });
        expect.unreachable(yaml);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        expectNone(`${error.stack}${JSON.stringify(error)}${stringify(error.problems)}`);
      }
    }
  });
});
