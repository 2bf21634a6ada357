import { describe, expect, it } from "vitest";
import { load, problemsOf } from "../../test/config-folder.ts";

const S = "whsec_0123456789abcdef";
const text = `
server: { ingest: { port: 1 } }
sources: { shop-eu: { provider: stripe, secrets: ["\${env:S}"] } }
destinations: { d: { url: "http://127.0.0.1:1/", format: original, events: ["payment.*"] } }
`;

describe("an override from the environment", () => {
  it.each([
    ["STRONGROOM_SERVER__INGEST__PORT", "0", "server.ingest.port", 0],
    ["STRONGROOM_server__ingest__maxBodyBytes", "64KiB", "server.ingest.maxBodyBytes", 65_536],
    ["STRONGROOM_SERVER__INGEST__RATELIMIT__PERSECOND", "2.5", "server.ingest.rateLimit.perSecond", 2.5],
    ["STRONGROOM_REDACTION__ENABLED", "false", "redaction.enabled", false],
    ["STRONGROOM_LOG__LEVEL", "'debug'", "log.level", "debug"],
    ["STRONGROOM_PROCESSOR__RETRY__BASE", "50ms", "processor.retry.baseMs", 50],
    ["STRONGROOM_SOURCES__SHOP_EU__TOLERANCE", "1m", "sources.shop-eu.settings.tolerance", 60_000],
    ["STRONGROOM_DESTINATIONS__D__EVENTS__0", "refund.*", "destinations.d.events", ["refund.*"]],
    ["STRONGROOM_DESTINATIONS__D__EVENTS__1", "refund.*", "destinations.d.events", ["payment.*", "refund.*"]],
    ["STRONGROOM_ALERTS__0__TO", "file:/a", "alerts", [{ to: { kind: "file", path: "/a" } }]],
    ["STRONGROOM_DESTINATIONS__D__URL", "http://127.0.0.1:${env:PORT}/", "destinations.d.url", "http://127.0.0.1:99/"],
  ])("%s=%s wins over the file and the defaults", (name, value, path, expected) => {
    expect(load(text, { S, PORT: "99", [name]: value })).toHaveProperty(path, expected);
  });

  it("with nothing in it takes a key away", () => {
    expect(load(text, { S, STRONGROOM_SERVER__INGEST__PORT: "" }).server.ingest.port).toBe(4640);
  });

  it("is none without a double underscore", () => {
    const env = { S, STRONGROOM_CONFIG: "", STRONGROOM_TOKEN: "x", STRONGROOM_ADMIN_TOKEN: "y", OTHER__KEY: "z" };
    expect(load(text, env).server.ingest.port).toBe(1);
  });

  it.each([
    ["STRONGROOM_SERVER__INGEST__PROT", "fits no key of the configuration; did you mean PORT?"],
    ["STRONGROOM_SEVER__INGEST__PORT", "fits no key of the configuration; did you mean SERVER?"],
    ["STRONGROOM_SERVER__INGEST__PORT__X", "fits no key of the configuration"],
    ["STRONGROOM_SOURCES__OTHER__TOLERANCE", "fits no key of the configuration"],
    ["STRONGROOM_SOURCES__SHOP_EU__NOTIFICATIONURL", "fits no key of the configuration"],
    ["STRONGROOM_ALERTS__1__TO", "fits no key of the configuration"],
    ["STRONGROOM_ALERTS__X__TO", "fits no key of the configuration"],
    ["STRONGROOM_SERVER__", "fits no key of the configuration"],
    ["STRONGROOM___PROTO____X", "fits no key of the configuration"],
    ["STRONGROOM_SERVER__CONSTRUCTOR__NAME", "fits no key of the configuration"],
    ["STRONGROOM_ALERTS__0", "names a key that holds further keys; add the name of one of them"],
    ["STRONGROOM_SOURCES__SHOP_EU", "names a key that holds further keys; add the name of one of them"],
  ])("%s is refused", (name, message) => {
    expect(problemsOf(() => load(text, { S, [name]: "hush" }))).toEqual({ [name]: message });
  });

  it.each(["[1, 2]", "{ a: 1 }", "*x", "!!js/function x", '"open', "a: b"])("cannot have the value %j", (value) => {
    expect(problemsOf(() => load(text, { S, STRONGROOM_LOG__LEVEL: value }))).toEqual({
      STRONGROOM_LOG__LEVEL: "is not a single YAML value",
    });
  });

  it("changes one of the parts that an alias repeats", () => {
    const yaml = "destinations:\n  a: &a { url: 'http://127.0.0.1:1/', format: original }\n  b: *a\n";
    const { a, b } = load(yaml, { STRONGROOM_DESTINATIONS__A__CONCURRENCY: "1" }).destinations;
    expect([a?.concurrency, b?.concurrency]).toEqual([1, 4]);
  });

  it("is named when its value is wrong, and the value is not", () => {
    expect(
      problemsOf(() => load(text, { S, STRONGROOM_LOG__LEVEL: "hush", STRONGROOM_SERVER__ADMIN__PORT: "hush" })),
    ).toEqual({
      "log.level": "must be one of trace, debug, info, warn, error, fatal, silent (set by STRONGROOM_LOG__LEVEL)",
      "server.admin.port": "must be a whole number (set by STRONGROOM_SERVER__ADMIN__PORT)",
    });
  });

  it("cannot hold a secret itself", () => {
    const STRONGROOM_SOURCES__SHOP_EU__SECRETS__0 = "whsec_hush_0123456789";
    const problems = problemsOf(() => load(text, { S, STRONGROOM_SOURCES__SHOP_EU__SECRETS__0 }));
    expect(Object.keys(problems)).toEqual(["sources.shop-eu.secrets[0]"]);
    const env = { S, T: `${S}2`, STRONGROOM_SOURCES__SHOP_EU__SECRETS__0: "${env:T}" };
    expect(load(text, env).sources["shop-eu"]?.secrets[0]?.value).toBe(`${S}2`);
  });
});
