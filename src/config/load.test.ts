import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith, load, problemsOf } from "../../test/config-folder.ts";
import { ConfigError } from "../domain/errors.ts";
import { loadConfig, loadStoreConfig } from "./load.ts";

describe("which file", () => {
  const three = () =>
    folderWith({ "strongroom.yaml": level("debug"), "b.yaml": level("warn"), "sub/c.yaml": level("error") });
  const level = (name: string) => `version: 1\nlog: { level: ${name} }\n`;

  it("is ./strongroom.yaml when nothing else is said", () => {
    const cwd = three();
    const config = loadConfig({ env: { STRONGROOM_CONFIG: "" }, cwd });
    expect([config.file, config.log.level]).toEqual([join(cwd, "strongroom.yaml"), "debug"]);
  });

  it("is STRONGROOM_CONFIG rather than ./strongroom.yaml, and --config rather than both", () => {
    const cwd = three();
    const env = { STRONGROOM_CONFIG: "b.yaml" };
    expect(loadConfig({ env, cwd }).log.level).toBe("warn");
    expect(loadConfig({ env, cwd, file: "sub/c.yaml" }).log.level).toBe("error");
  });

  it("is never merged with another one", () => {
    const cwd = folderWith({ "strongroom.yaml": level("debug"), "b.yaml": "version: 1" });
    expect(loadConfig({ file: "b.yaml", env: {}, cwd }).log.level).toBe("info");
  });

  it("has to be there", () => {
    const cwd = folderWith({});
    expect(problemsOf(() => loadConfig({ env: {}, cwd }))).toEqual({
      "strongroom.yaml": "does not exist here; strongroom init writes one",
    });
    expect(problemsOf(() => loadConfig({ env: {}, cwd, file: "x.yaml" }))).toEqual({
      [join(cwd, "x.yaml")]: "does not exist",
    });
  });
});

describe("defaults", () => {
  it("are those of the documentation", () => {
    const cwd = folderWith({ "strongroom.yaml": "version: 1" });
    const { written: _, ...config } = loadConfig({ env: {}, cwd });
    expect(config).toEqual({
      file: join(cwd, "strongroom.yaml"),
      server: {
        ingest: {
          host: "0.0.0.0",
          port: 4640,
          maxBodyBytes: 262_144,
          maxJsonDepth: 64,
          rateLimit: { perSecond: 1000, burst: 2000 },
          maxBacklog: 1_000_000,
        },
        admin: { host: "127.0.0.1", port: 4641, tokens: [] },
        shutdownGraceMs: 10_000,
      },
      store: {
        dataDir: join(cwd, ".strongroom"),
        minFreeDiskBytes: 64 * 2 ** 20,
        retention: { eventsMs: 30 * 86_400_000, auditMs: 400 * 86_400_000 },
        auditCheckpoint: null,
      },
      archive: { dir: join(cwd, ".strongroom/archive") },
      sources: {},
      processor: {
        batchSize: 10,
        concurrency: 8,
        handler: null,
        handlerTimeoutMs: 30_000,
        retry: { maxAttempts: 3, baseMs: 5_000, maxMs: 120_000 },
      },
      destinations: {},
      alerts: [],
      redaction: { enabled: true },
      log: { level: "info" },
    });
  });

  it("also stand for a key that nothing follows", () => {
    const config = load("server:\nprocessor:\n  handler:\nsources:\ndestinations:\nalerts:\n");
    expect(config.server.ingest.port).toBe(4640);
    expect(config.processor.handler).toBeNull();
    expect(config.sources).toEqual({});
  });

  it("complete a destination", () => {
    const { destinations } = load('destinations: { d: { url: "http://127.0.0.1:1/", format: original } }');
    expect(destinations.d).toEqual({
      name: "d",
      url: "http://127.0.0.1:1/",
      format: "original",
      events: undefined,
      sources: undefined,
      secret: null,
      resign: null,
      concurrency: 4,
      rateLimitPerSecond: null,
      timeoutMs: 10_000,
      retry: { maxAttempts: 12, baseMs: 5_000, maxMs: 3_600_000 },
    });
  });
});

describe("paths", () => {
  it("start at the folder of the file, wherever the process runs", () => {
    const root = folderWith({
      "etc/strongroom.yaml": `version: 1
store: { dataDir: ./data, auditCheckpoint: ../checkpoint }
processor: { handler: handlers.mjs }
alerts: [{ to: "file:./alerts.ndjson" }, { to: "file:///var/alerts.ndjson" }, { to: "https://a.example/x" }]
sources: { shop: { provider: generic, secrets: ["\${file:secret}"] } }
`,
      "etc/handlers.mjs": "",
      "etc/secret": "0123456789abcdef",
    });
    const config = loadConfig({ file: "etc/strongroom.yaml", env: {}, cwd: root });
    expect(config.store.dataDir).toBe(join(root, "etc/data"));
    expect(config.archive.dir).toBe(join(root, "etc/data/archive"));
    expect(config.store.auditCheckpoint).toBe(join(root, "checkpoint"));
    expect(config.processor.handler).toBe(join(root, "etc/handlers.mjs"));
    expect(config.alerts).toEqual([
      { to: { kind: "file", path: join(root, "etc/alerts.ndjson") } },
      { to: { kind: "file", path: "/var/alerts.ndjson" } },
      { to: { kind: "http", url: "https://a.example/x" } },
    ]);
    expect(config.sources.shop?.secrets[0]?.value).toBe("0123456789abcdef");
  });

  it("of --data-dir start where the process runs, win, and move the default archive", () => {
    const cwd = folderWith({ "etc/s.yaml": 'version: 1\nstore: { dataDir: "${env:DIR}" }' });
    const DIR = "/from-file";
    const env = { DIR, STRONGROOM_STORE__DATADIR: "/from-environment" };
    const config = loadConfig({ file: "etc/s.yaml", flags: { dataDir: "here" }, env, cwd });
    expect(config.store.dataDir).toBe(join(cwd, "here"));
    expect(config.archive.dir).toBe(join(cwd, "here/archive"));
    expect(loadConfig({ file: "etc/s.yaml", env: { DIR }, cwd }).written).toEqual({ "store.dataDir": "${env:DIR}" });
    expect(loadConfig({ file: "etc/s.yaml", flags: { dataDir: "x" }, env: { DIR }, cwd }).written).toEqual({});
    expect(loadConfig({ file: "etc/s.yaml", env, cwd }).store.dataDir).toBe("/from-environment");
  });
});

describe("what only looks at a store", () => {
  const file = `
server: { admin: { tokens: [{ name: ops, role: operate, secret: "\${env:TOKEN}" }] } }
store: { dataDir: ./data }
sources: { shop: { provider: stripe, secrets: ["\${env:SHOP}", "\${file:./gone}"] } }
destinations:
  ledger: { url: "https://ledger.example/hooks", secret: "\${env:LEDGER}" }
  legacy: { url: "https://legacy.example", format: original, resign: "\${env:LEGACY}" }
`;

  it("needs no secret to be there", () => {
    const cwd = folderWith({ "strongroom.yaml": `version: 1\n${file}` });
    expect(loadStoreConfig({ env: {}, cwd })).toMatchObject({
      store: { dataDir: join(cwd, "data") },
      destinations: { ledger: { secret: null, url: "https://ledger.example/hooks" }, legacy: { resign: null } },
    });
    expect(() => loadConfig({ env: {}, cwd })).toThrow(ConfigError);
  });

  it("still needs the rest of the file to be right, secrets to be references included", () => {
    const broken = file.replace("${env:SHOP}", "a-literal-secret-of-some-length").replace("./data", '""');
    const cwd = folderWith({ "strongroom.yaml": `version: 1\n${broken}nonsense: 1\n` });
    expect(Object.keys(problemsOf(() => loadStoreConfig({ env: {}, cwd }))).sort()).toEqual([
      "nonsense",
      "sources.shop.secrets[0]",
      "store.dataDir",
    ]);
  });
});
