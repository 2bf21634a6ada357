import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith, load, problemsOf } from "../../test/config-folder.ts";
import { loadConfig } from "./load.ts";

const SECRET = "whsec_0123456789abcdef";
const env = { S: SECRET, T: "a-token-of-16-bytes-or-more", D: `whsec_${Buffer.alloc(24, 7).toString("base64")}` };

describe("the shape of the file", () => {
  it("has a version, which is 1", () => {
    const problems = (text: string) =>
      problemsOf(() => loadConfig({ env, cwd: folderWith({ "strongroom.yaml": text }) }));
    expect(problems("")).toEqual({ version: "is required" });
    expect(problems("version: 2")).toEqual({ version: "must be 1" });
    expect(problems('version: "1"')).toEqual({ version: "must be 1" });
  });

  it.each(["- version: 1", "strongroom", "1"])("is a map, not %j", (text) => {
    const cwd = folderWith({ "strongroom.yaml": text });
    expect(problemsOf(() => loadConfig({ env, cwd }))).toEqual({
      [join(cwd, "strongroom.yaml")]: "must hold a map of keys",
    });
  });

  it.each([
    ["sourcs: {}", "sourcs", "is not a known key; did you mean sources?"],
    ["include: other.yaml", "include", "is not a known key"],
    ["server: { admin: { insecure: true } }", "server.admin.insecure", "is not a known key"],
    ["server: { ingest: { maxbody: 1 } }", "server.ingest.maxbody", "is not a known key"],
    ["server: { ingest: { prot: 1 } }", "server.ingest.prot", "is not a known key; did you mean port?"],
    [
      'sources: { s: { provider: stripe, secrets: ["${env:S}"], tolerence: 5m } }',
      "sources.s.tolerence",
      "is not a known key; did you mean tolerance?",
    ],
    [
      'sources: { s: { provider: stripe, secrets: [{ ref: "${env:S}", notafter: x }] } }',
      "sources.s.secrets[0].notafter",
      "is not a known key; did you mean notAfter?",
    ],
    ['"a b": 1', '["a b"]', "is not a known key"],
    ["constructor: 1", "constructor", "is not a known key"],
    ["__proto__: { log: {} }", "__proto__", "is not a known key"],
  ])("%j has a key that is not known", (text, path, message) => {
    expect(problemsOf(() => load(text, env))).toEqual({ [path]: message });
  });

  it.each([
    ["server: { ingest: { port: 65536 } }", "server.ingest.port", "must be at most 65535"],
    ["server: { ingest: { port: -1 } }", "server.ingest.port", "must be at least 0"],
    ["server: { ingest: { port: 1.5 } }", "server.ingest.port", "must be a whole number"],
    ['server: { ingest: { port: "4640" } }', "server.ingest.port", "must be a whole number"],
    ['server: { ingest: { host: " " } }', "server.ingest.host", "must not be blank"],
    [
      "server: { ingest: { maxBodyBytes: 64KB } }",
      "server.ingest.maxBodyBytes",
      "must be a size such as 64KiB, or bytes",
    ],
    ["server: { ingest: { maxBodyBytes: 0 } }", "server.ingest.maxBodyBytes", "is too small"],
    ["server: { ingest: { maxBodyBytes: 1TiB } }", "server.ingest.maxBodyBytes", "is too large"],
    ["server: { ingest: { rateLimit: { perSecond: 0 } } }", "server.ingest.rateLimit.perSecond", "must be more than 0"],
    ["server: { ingest: { maxJsonDepth: 0 } }", "server.ingest.maxJsonDepth", "must be at least 1"],
    ["server: [1]", "server", "must be a map of keys"],
    ["server: { shutdownGrace: 10 }", "server.shutdownGrace", "must be a duration such as 50ms, 5s, 2m, 1h or 30d"],
    ["server: { shutdownGrace: 30d }", "server.shutdownGrace", "is too large"],
    ["processor: { handlerTimeout: 0s }", "processor.handlerTimeout", "is too small"],
    ["processor: { retry: { maxAttempts: 0 } }", "processor.retry.maxAttempts", "must be at least 1"],
    ["processor: { retry: { base: 5m } }", "processor.retry.max", "must not be less than base"],
    ["redaction: { enabled: no }", "redaction.enabled", "must be true or false"],
    ["log: { level: loud }", "log.level", "must be one of trace, debug, info, warn, error, fatal, silent"],
    ["alerts: { to: x }", "alerts", "must be a list"],
    ["alerts: [{ to: ftp://x/y }]", "alerts[0].to", "must be file:PATH, or an http or https URL without a user name"],
    ['alerts: [{ to: "file:" }]', "alerts[0].to", "must be file:PATH, or an http or https URL without a user name"],
    ["sources: [stripe]", "sources", "must be a map of keys"],
    ["sources: { s: }", "sources.s.provider", "is required: one of "],
    ["sources: { s: { provider: stirpe } }", "sources.s.provider", "must be one of "],
    ["sources: { s: { provider: constructor } }", "sources.s.provider", "must be one of "],
    ["sources: { s: { provider: stripe } }", "sources.s.secrets", "is required"],
    ["sources: { s: { provider: stripe, secrets: [] } }", "sources.s.secrets", "must have at least 1 entry"],
    ["destinations: { d: }", "destinations.d", "must be a map of keys"],
  ])("%j is refused", (text, path, message) => {
    const problems = problemsOf(() => load(text, env));
    expect(Object.keys(problems)).toEqual([path]);
    expect(problems[path]).toContain(message);
  });

  it("tells everything that is wrong at once", () => {
    const text = `
sourcs: {}
server: { ingest: { port: x }, admin: { host: 0.0.0.0 } }
processor: { handler: ./missing.mjs, concurrency: 0 }
sources:
  UPPER: { provider: stripe, secrets: ["\${env:S}"] }
  a: { provider: stripe, secrets: ["\${env:MISSING}", literal-secret-of-some-length], tolerance: x }
destinations:
  d: { url: nowhere, sources: [b] }
  e: { url: "https://a.example", format: original, secret: "\${env:D}", retri: {} }
log: { level: loud }
`;
    expect(Object.keys(problemsOf(() => load(text, env))).sort()).toEqual(
      [
        "destinations.d.secret",
        "destinations.d.sources[0]",
        "destinations.d.url",
        "destinations.e.retri",
        "destinations.e.secret",
        "log.level",
        "processor.concurrency",
        "processor.handler",
        "server.admin.tokens",
        "server.ingest.port",
        "sourcs",
        "sources.UPPER",
        "sources.a.secrets[0]",
        "sources.a.secrets[1]",
        "sources.a.tolerance",
      ].sort(),
    );
  });
});

describe("names", () => {
  it.each(["a", "shop-eu", "0", "constructor", "a".repeat(40)])("a source may be called %s", (name) => {
    const { sources } = load(`sources: { "${name}": { provider: stripe, secrets: ["\${env:S}"] } }`, env);
    expect(Object.keys(sources)).toEqual([name]);
  });

  it.each(["Shop", "shop_eu", "shop.eu", "a/b", "é", "a".repeat(41)])("a source cannot be called %s", (name) => {
    const text = `sources: { "${name}": { provider: stripe, secrets: ["\${env:S}"] } }`;
    expect(Object.values(problemsOf(() => load(text, env)))).toEqual(["must be named with 1 to 40 of a-z, 0-9 and -"]);
  });
});

describe("the admin listener", () => {
  const admin = (text: string) => `server: { admin: { ${text} } }`;
  const token = '{ name: ops, role: operate, secret: "${env:T}" }';

  it.each(["127.0.0.1", "127.1.2.3", "localhost", '"::1"'])("needs no token on %s", (host) => {
    expect(load(admin(`host: ${host}`)).server.admin.tokens).toEqual([]);
  });

  it.each(["0.0.0.0", '"::"', "10.0.0.5", "admin.internal", "127.0.0.1.example.com", "localhost.example"])(
    "needs a token on %s",
    (host) => {
      expect(problemsOf(() => load(admin(`host: ${host}`)))).toEqual({
        "server.admin.tokens": "at least one is required when server.admin.host is not a loopback address",
      });
      expect(load(admin(`host: ${host}, tokens: [${token}]`), env).server.admin.tokens).toEqual([
        { name: "ops", role: "operate", secret: env.T },
      ]);
    },
  );

  it("has no token when every reference is optional and not set", () => {
    const text = 'host: 0.0.0.0, tokens: [{ name: a, role: read, secret: "${env:A?}" }]';
    expect(problemsOf(() => load(admin(text)))).toHaveProperty(["server.admin.tokens"]);
  });

  it.each([
    [`${token}, { name: ops, role: read, secret: "\${env:S}" }`, "server.admin.tokens[1].name"],
    [`${token}, { name: two, role: read, secret: "\${env:T}" }`, "server.admin.tokens[1].secret"],
    ['{ name: a, role: admin, secret: "${env:T}" }', "server.admin.tokens[0].role"],
    ["{ name: a, role: read, secret: a-token-of-16-bytes-or-more }", "server.admin.tokens[0].secret"],
    ["{ name: a, role: read }", "server.admin.tokens[0].secret"],
    ['{ name: a, role: read, secret: "${env:SHORT}" }', "server.admin.tokens[0].secret"],
  ])("refuses the tokens %j", (tokens, path) => {
    const problems = problemsOf(() => load(admin(`tokens: [${tokens}]`), { ...env, SHORT: "fifteen-bytes-x" }));
    expect(Object.keys(problems)).toEqual([path]);
  });

  it("cannot share the port of the ingest listener", () => {
    const text = "server: { ingest: { port: 4641 } }";
    expect(problemsOf(() => load(text))).toEqual({ "server.admin.port": "must differ from server.ingest.port" });
    expect(load("server: { ingest: { port: 0 }, admin: { port: 0 } }").server.admin.port).toBe(0);
  });
});

describe("the handler", () => {
  it("has to be a file", () => {
    for (const handler of ["./handlers.mjs", "."]) {
      expect(problemsOf(() => load(`processor: { handler: ${handler} }`))["processor.handler"]).toMatch(
        /is not a file that can be read$/,
      );
    }
  });
});

describe("destinations", () => {
  const to = (text: string) => `destinations: { d: { url: "https://a.example/hooks", ${text} } }
sources: { shop: { provider: stripe, secrets: ["\${env:S}"] } }`;

  it("are read as written", () => {
    const text =
      'secret: "${env:D}", events: ["payment.*"], sources: [shop], concurrency: 2, rateLimit: 5, timeout: 3s';
    const { d } = load(to(text), env).destinations;
    expect(d).toMatchObject({ events: ["payment.*"], sources: ["shop"], concurrency: 2, rateLimitPerSecond: 5 });
    expect(d).toMatchObject({ secret: { ref: "${env:D}", value: env.D, notAfter: null }, timeoutMs: 3000 });
  });

  it.each([
    ["", "destinations.d.secret"],
    ['secret: "${env:GONE?}"', "destinations.d.secret"],
    ['secret: { ref: "${env:D}", notAfter: "2020-01-01T00:00:00Z" }', "destinations.d.secret"],
    ['secret: "${env:D}", resign: "${env:S}"', "destinations.d.resign"],
    ['format: original, secret: "${env:D}"', "destinations.d.secret"],
    ['format: original, resign: "whsec_literal_0123456789"', "destinations.d.resign"],
    ["format: original, sources: [shpo]", "destinations.d.sources[0]"],
    ['format: original, events: ["*.succeeded"]', "destinations.d.events[0]"],
    ["format: original, retry: { base: 2h }", "destinations.d.retry.max"],
    ["format: xml", "destinations.d.format"],
  ])("%j is refused", (text, path) => {
    expect(Object.keys(problemsOf(() => load(to(text), env)))).toEqual([path]);
  });

  it.each(["ftp://a.example", "a.example/hooks", "https://user:password-0123@a.example/", "https://"])(
    "cannot be at %s",
    (url) => {
      expect(Object.keys(problemsOf(() => load(`destinations: { d: { url: "${url}", format: original } }`)))).toEqual([
        "destinations.d.url",
      ]);
    },
  );
});

describe("PayPal certificates", () => {
  it("are read from files beside the configuration; their folder becomes absolute", () => {
    const text =
      "sources: { p: { provider: paypal, webhookId: 1AB23456CD, certs: { dir: ./certs, roots: [root.pem] } } }";
    const cwd = folderWith({ "strongroom.yaml": `version: 1\n${text}`, "root.pem": CERTIFICATE });
    expect(loadConfig({ env, cwd }).sources.p?.settings).toEqual({
      webhookId: "1AB23456CD",
      certs: { dir: join(cwd, "certs"), roots: [CERTIFICATE] },
    });
  });

  it.each([
    ["webhookId: W1, certs: { roots: [missing.pem] }", "sources.p.certs.roots[0]"],
    ["webhookId: W1, certs: { roots: [strongroom.yaml] }", "sources.p.certs.roots[0]"],
    ['webhookId: ""', "sources.p.webhookId"],
    ["certs: { dir: x }", "sources.p.webhookId"],
    ['webhookId: W1, secrets: ["${env:S}"]', "sources.p.secrets"],
    ['webhookId: "${env:GONE}"', "sources.p.webhookId"],
  ])("%j is refused", (text, path) => {
    expect(Object.keys(problemsOf(() => load(`sources: { p: { provider: paypal, ${text} } }`, env)))).toEqual([path]);
  });

  it("need no secret: the webhook id may be a reference or not", () => {
    const { p } = load('sources: { p: { provider: paypal, webhookId: "${env:ID}" } }', { ID: "W1" }).sources;
    expect(p).toMatchObject({ secrets: [], settings: { webhookId: "W1", certs: { roots: [] } } });
  });
});

// Made for this test with `openssl req -x509`; its key was thrown away.
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUeiD47mcp7zECzLOFSc4PScaafdUwCgYIKoZIzj0EAwIw
HzEdMBsGA1UEAwwUU3Ryb25ncm9vbSB0ZXN0IHJvb3QwIBcNMjYxMTI1MDExMDQy
WhgPMjEyNjExMDEwMTEwNDJaMB8xHTAbBgNVBAMMFFN0cm9uZ3Jvb20gdGVzdCBy
b290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEXpqrX0nC26TXVs6LU6WieDCc
6TmeS74sdJPFywQ8AVTmNnVLcgHi3aoYFIIEcqSRmRcfj3LRN2zYaftxBh1aWaNT
MFEwHQYDVR0OBBYEFGP0eFHCmxgsCPrK2rTshcWwIpAMMB8GA1UdIwQYMBaAFGP0
eFHCmxgsCPrK2rTshcWwIpAMMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
SQAwRgIhANSzLN3Opw+ncJ4sX4EXLGmB6oThlqEMX/CbgtEHh6c6AiEA+bHfRWJA
Op/cbCv57yeslrZEk6+iIrefuPjEg0hmBMc=
-----END CERTIFICATE-----
`;
