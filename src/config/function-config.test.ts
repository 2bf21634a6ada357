import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith } from "../../test/config-folder.ts";
import { ConfigError } from "../domain/errors.ts";
import { compileConfig, readCompiledConfig } from "./compiled-config.ts";
import type { FunctionConfig } from "./function-config.ts";
import { loadConfig } from "./load.ts";
import { loadFunctionConfig } from "./load-function-config.ts";

const FILE = `version: 1
server:
  ingest: { maxBodyBytes: 1KiB }
  admin: { host: 0.0.0.0, tokens: [{ name: ops, role: operate, secret: "\${env:GONE_TOKEN}" }] }
store: { dataDir: /nowhere/at/all, retention: { events: 7d } }
archive: { dir: /nowhere/either }
sources:
  stripe: { provider: stripe, secrets: ["\${env:GONE}", { ref: "\${aws-sm:pay#stripe}", notAfter: "2030-01-31T00:00:00Z" }] }
  paypal: { provider: paypal, webhookId: "\${env:PAYPAL_WEBHOOK_ID}", certs: { dir: ./certs } }
processor: { handler: ./handlers.mjs }
destinations:
  ledger: { url: "https://ledger.internal/hooks", secret: "\${env:GONE_DESTINATION}" }
alerts: [{ to: "file:/nowhere/alerts" }]
`;
const env = { PAYPAL_WEBHOOK_ID: "1AB23456CD789012E" };
const folder = (text = FILE) => folderWith({ "strongroom.yaml": text, "handlers.mjs": "" });

async function problemsOf(loading: Promise<unknown>): Promise<Readonly<Record<string, string>>> {
  const error = await loading.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError)) throw new Error("nothing was wrong with the configuration");
  return Object.fromEntries(error.problems.map(({ path, message }) => [path, message]));
}

describe("the configuration of a function", () => {
  it("comes from the same file, with secrets as references and without what no function serves", async () => {
    const cwd = folder();
    expect(await loadFunctionConfig({ env, cwd })).toEqual({
      file: join(cwd, "strongroom.yaml"),
      server: {
        ingest: {
          host: "0.0.0.0",
          port: 4640,
          maxBodyBytes: 1024,
          maxJsonDepth: 64,
          rateLimit: { perSecond: 1000, burst: 2000 },
          maxBacklog: 1_000_000,
        },
      },
      store: { retention: { eventsMs: 7 * 86_400_000, auditMs: 400 * 86_400_000 } },
      sources: {
        stripe: {
          name: "stripe",
          provider: "stripe",
          secrets: [
            { ref: "${env:GONE}", notAfter: null },
            { ref: "${aws-sm:pay#stripe}", notAfter: Date.parse("2030-01-31T00:00:00Z") },
          ],
          settings: { tolerance: 300_000 },
        },
        paypal: {
          name: "paypal",
          provider: "paypal",
          secrets: [],
          settings: { webhookId: "1AB23456CD789012E", certs: { dir: join(cwd, "certs"), roots: [] } },
        },
      },
      processor: {
        batchSize: 10,
        concurrency: 8,
        handler: join(cwd, "handlers.mjs"),
        handlerTimeoutMs: 30_000,
        retry: { maxAttempts: 3, baseMs: 5_000, maxMs: 120_000 },
      },
      redaction: { enabled: true },
      log: { level: "info" },
    });
  });

  it("means what it means elsewhere", async () => {
    const cwd = folderWith({
      "strongroom.yaml":
        'version: 1\nsources: { s: { provider: stripe, secrets: ["${env:S}"] } }\nlog: { level: warn }\n',
    });
    const S = "whsec_0123456789abcdef";
    const { file, server, processor, redaction, log } = loadConfig({ env: { S }, cwd });
    const { ingest } = server;
    expect(await loadFunctionConfig({ env: { S }, cwd })).toMatchObject({
      file,
      server: { ingest },
      processor,
      redaction,
      log,
    });
  });

  it("obeys STRONGROOM_CONFIG and the environment's overrides", async () => {
    const cwd = folderWith({ "etc/a.yaml": "version: 1\n" });
    const config = await loadFunctionConfig({
      env: { STRONGROOM_CONFIG: "etc/a.yaml", STRONGROOM_LOG__LEVEL: "debug" },
      cwd,
    });
    expect([config.file, config.log.level]).toEqual([join(cwd, "etc/a.yaml"), "debug"]);
    expect(await problemsOf(loadFunctionConfig({ env: {}, cwd }))).toEqual({
      "strongroom.yaml": "does not exist here; strongroom init writes one",
    });
  });

  it("is refused for whatever is wrong with the file, the parts that no function serves included", async () => {
    const cwd = folderWith({
      "strongroom.yaml": `version: 1
sources: { s: { provider: stripe, secrets: [whsec_in_the_file_0123456789] }, p: { provider: paypal, webhookId: "\${aws-sm:a#b}" } }
processor: { handler: ./gone.mjs }
destinations: { d: { url: nowhere, secret: "\${env:A}" }, e: { url: "https://a.example", secret: "\${env:A}", sources: [x] } }
alerts: [{ to: nobody }]
archive: { folder: x }
server: { admin: { tokens: [{ name: ops, role: admin, secret: "\${env:A}" }] } }
`,
    });
    const problems = await problemsOf(loadFunctionConfig({ env: {}, cwd }));
    expect(Object.keys(problems).sort()).toEqual([
      "alerts[0].to",
      "archive.folder",
      "destinations.d.url",
      "destinations.e.sources[0]",
      "processor.handler",
      "server.admin.tokens[0].role",
      "sources.p.webhookId",
      "sources.s.secrets[0]",
    ]);
    expect(problems["sources.p.webhookId"]).toContain("only for the secrets of a source");
    expect(JSON.stringify(problems)).not.toContain("whsec_in_the_file");
  });
});

describe("a compiled configuration", () => {
  const compiled = async (): Promise<readonly [FunctionConfig, string]> => {
    const config = await loadFunctionConfig({ env, cwd: folder() });
    return [config, compileConfig(config)];
  };

  it("is read as what was compiled, wherever it is moved together with what stood beside it", async () => {
    const [config, text] = await compiled();
    const cwd = folderWith({ "config.json": text });
    const read = await loadFunctionConfig({ env: { STRONGROOM_CONFIG: "config.json" }, cwd });
    const { paypal, stripe } = config.sources;
    expect(read).toEqual({
      ...config,
      file: join(cwd, "config.json"),
      sources: {
        stripe,
        paypal: { ...paypal, settings: { ...paypal?.settings, certs: { dir: join(cwd, "certs"), roots: [] } } },
      },
      processor: { ...config.processor, handler: join(cwd, "handlers.mjs") },
    });
    expect(readCompiledConfig(text, config.file)).toEqual(config);
  });

  it("holds no secret and no path of the machine that compiled it", async () => {
    const cwd = folder();
    const hidden = {
      GONE: "whsec_hush_0123456789",
      GONE_TOKEN: "hush-token-0123456789",
      GONE_DESTINATION: "hush-hush",
    };
    const text = compileConfig(await loadFunctionConfig({ env: { ...env, ...hidden }, cwd }));
    expect(text).not.toContain("hush");
    expect(text).not.toContain(cwd);
    expect(text).toContain('"${env:GONE}"');
  });

  it("cannot be overridden by the environment, which would otherwise be without effect", async () => {
    const [, text] = await compiled();
    const cwd = folderWith({ "config.json": text });
    const loading = loadFunctionConfig({
      env: { STRONGROOM_CONFIG: "config.json", STRONGROOM_LOG__LEVEL: "debug" },
      cwd,
    });
    expect(await problemsOf(loading)).toEqual({
      STRONGROOM_LOG__LEVEL: expect.stringContaining("cannot change a compiled configuration"),
    });
  });

  it("of another version is refused", async () => {
    const [config, text] = await compiled();
    const other = text.replace('"strongroomCompiledConfig":1', '"strongroomCompiledConfig":2');
    expect(other).not.toBe(text);
    expect(() => readCompiledConfig(other, config.file)).toThrow("compile it again");
  });

  it.each([
    ['{ "version": 1, "log": { "level": "error" } }', "error"],
    ["{ version: 1, log: { level: warn } }", "warn"],
  ])("is told from a plain file of that name: %s", async (text, level) => {
    const cwd = folderWith({ "config.json": text });
    expect((await loadFunctionConfig({ env: { STRONGROOM_CONFIG: "config.json" }, cwd })).log.level).toBe(level);
    writeFileSync(join(cwd, "config.json"), "[1]");
    expect(await problemsOf(loadFunctionConfig({ env: { STRONGROOM_CONFIG: "config.json" }, cwd }))).toEqual({
      [join(cwd, "config.json")]: "must hold a map of keys",
    });
  });
});
