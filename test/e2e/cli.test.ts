import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Ended, MAIN, type RunOptions, runCli, unusedPort } from "../support/run-cli.ts";

const SECRETS = { NEW: `whsec_${"a".repeat(32)}`, OLD: `whsec_${"b".repeat(32)}`, SQ: "c".repeat(24) };
const REF = { NEW: `$\{env:NEW}`, OLD: `$\{env:OLD?}` };
const CONFIG = `version: 1
sources:
  stripe: { provider: stripe, secrets: ["\${env:NEW}", "\${env:OLD?}"] }
  square: { provider: square, secrets: ["\${env:SQ}"], notificationUrl: "https://hooks.example.com/webhooks/square" }
`;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "strongroom-cli-"));
  writeFileSync(join(directory, "strongroom.yaml"), CONFIG);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("strongroom", () => {
  it("prints its version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await cli(["version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    expect(JSON.parse((await cli(["--json", "version"])).stdout)).toMatchObject({ version });
  });

  it("shows for a command what it does, its exit statuses and an example", async () => {
    const { code, stdout } = await cli(["events", "replay", "--help"]);
    expect(code).toBe(0);
    for (const part of [
      "Process events again",
      "--dry-run",
      "--url",
      "Exit status:",
      "4   no such event",
      "Example:",
    ]) {
      expect(stdout).toContain(part);
    }
  });

  it.each([
    [["no-such-command"], "no-such-command"],
    [["send", "stripe"], "type"],
    [["send", "stripe", "payment.succeeded", "--amount", "1.999"], "--amount"],
    [["send", "stripe", "no.such.type"], "no.such.type"],
    [["send", "stripe", "payment.succeeded", "--set", "/none/x=1"], "/none/x"],
    [["send", "square", "payment.succeeded", "--tamper", "timestamp"], "no time"],
  ])("refuses wrong usage with 2 and says what is wrong: %j", async (args, words) => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(words);
  });

  it("prints errors as JSON with --json", async () => {
    const { stderr } = await cli(["send", "nowhere", "payment.succeeded", "--json"]);
    expect(JSON.parse(stderr)).toEqual({ error: expect.stringContaining("nowhere") });
  });

  it("names every configuration problem by its key path, on its own line, and no value", async () => {
    const file = join(directory, "broken.yaml");
    writeFileSync(file, `${CONFIG}nonsense: 1\nlog: { level: loud }\n`.replace("OLD?", "ABSENT"));
    const { code, stdout, stderr } = await cli(["config", "check", "--config", file]);
    expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
    const lines = stderr.trim().split("\n");
    expect(lines).toHaveLength(3);
    for (const path of ["sources.stripe.secrets[1]", "nonsense", "log.level"]) {
      expect(lines.filter((line) => line.startsWith(`strongroom: ${path}: `))).toHaveLength(1);
    }
  });

  it.each(["start", "events list", "send stripe payment.succeeded", "config print"])(
    "stops %s with 78 when the configuration is broken",
    async (command) => {
      const { code, stderr } = await cli([...command.split(" "), "--config", join(directory, "absent.yaml")]);
      expect(code).toBe(78);
      expect(stderr).toContain("absent.yaml");
    },
  );

  it("prints the configuration without a secret", async () => {
    const { code, stdout } = await cli(["config", "print"]);
    expect(code).toBe(0);
    expect(parse(stdout).sources.stripe.secrets).toEqual([REF.NEW, REF.OLD]);
    for (const value of Object.values(SECRETS)) expect(stdout).not.toContain(value);
  });

  it("prints a JSON Schema", async () => {
    expect(JSON.parse((await cli(["config", "schema"])).stdout)).toMatchObject({ type: "object" });
  });

  it("writes a configuration that passes its own check, and never over another one", async () => {
    const cwd = mkdtempSync(join(directory, "init-"));
    expect(await cli(["init", "--provider", "stripe"], { cwd })).toMatchObject({ code: 0, stdout: "" });
    const env = { STRIPE_WEBHOOK_SECRET: SECRETS.NEW };
    expect(await cli(["config", "check"], { cwd, env })).toMatchObject({ code: 0 });
    const before = readFileSync(join(cwd, "strongroom.yaml"), "utf8");
    expect(await cli(["init", "--provider", "square"], { cwd })).toMatchObject({ code: 1 });
    expect(readFileSync(join(cwd, "strongroom.yaml"), "utf8")).toBe(before);
  });

  it.each(["bash", "zsh", "fish"])("writes completions for %s", async (shell) => {
    const { code, stdout } = await cli(["completion", shell]);
    expect(code).toBe(0);
    for (const word of ["dead-letters", "redrive", "--tamper"]) expect(stdout).toContain(word);
  });

  it("ends quietly when nobody reads on", async () => {
    const child = spawn(process.execPath, [MAIN, "config", "schema"], { cwd: directory });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("ends with 75 when no inbox answers at --url", async () => {
    const { code, stderr } = await cli(["events", "list", "--url", `http://127.0.0.1:${await unusedPort()}`]);
    expect(code).toBe(75);
    expect(stderr).toContain("connection refused");
  });
});

describe("strongroom send and verify", () => {
  it("agree on a delivery that was not changed", async () => {
    const captured = await capture([
      "stripe",
      "payment.succeeded",
      "--amount",
      "5",
      "--currency",
      "JPY",
      "--id",
      "evt_7",
    ]);
    expect(JSON.parse(captured.body)).toMatchObject({ id: "evt_7", data: { object: { amount: 5, currency: "jpy" } } });
    expect(await verify("stripe", captured)).toEqual({
      code: 0,
      verdict: { authentic: true, reason: null, secret: REF.NEW },
    });
  });

  it("set values by JSON Pointer before they sign", async () => {
    const captured = await capture([
      "stripe",
      "payment.succeeded",
      "--set",
      "/data/object/metadata/order=o-1",
      "--set",
      "/livemode=true",
    ]);
    expect(JSON.parse(captured.body)).toMatchObject({
      livemode: true,
      data: { object: { metadata: { order: "o-1" } } },
    });
    expect((await verify("stripe", captured)).code).toBe(0);
  });

  it.each([
    ["body", "wrong_secret"],
    ["signature", "wrong_secret"],
    ["secret", "wrong_secret"],
    ["timestamp", "stale_timestamp"],
  ])("tell a spoiled %s", async (tamper, reason) => {
    const captured = await capture(["stripe", "payment.succeeded", "--tamper", tamper]);
    expect(await verify("stripe", captured)).toMatchObject({ code: 5, verdict: { authentic: false, reason } });
  });

  it("name the cause for a person", async () => {
    const { headers, body } = await capture(["stripe", "payment.succeeded"]);
    const files = write({ headers, body: JSON.stringify(JSON.parse(body)) });
    const { code, stdout } = await cli(["verify", "--source", "stripe", ...files]);
    expect(code).toBe(5);
    expect(stdout).toContain("reserialised_body");
    expect(stdout).toContain(REF.NEW);
    expect(stdout).not.toContain(SECRETS.NEW);
  });

  it("name the previous secret, an API key, and another time", async () => {
    const previous = await capture(["stripe", "payment.succeeded"], { NEW: SECRETS.OLD });
    expect((await verify("stripe", previous)).verdict).toMatchObject({
      authentic: true,
      reason: "previous_secret",
      secret: REF.OLD,
    });

    const captured = await capture(["stripe", "payment.succeeded"]);
    const apiKey = await verify("stripe", captured, [], { NEW: "sk_test_0123456789abcdef" });
    expect(apiKey).toMatchObject({ code: 5, verdict: { authentic: false, reason: "api_key" } });

    const later = await verify("stripe", captured, ["--at", new Date(Date.now() + 3_600_000).toISOString()]);
    expect(later).toMatchObject({ code: 5, verdict: { reason: "stale_timestamp", secret: REF.NEW } });
  });

  it("take the URL for schemes that sign it", async () => {
    const captured = await capture(["square", "payment.succeeded"]);
    expect((await verify("square", captured)).code).toBe(0);
    const moved = join(directory, "moved.yaml");
    writeFileSync(moved, CONFIG.replace("https://hooks.example.com/", "https://new.example.com/"));
    const args = ["--config", moved, "--url", "https://hooks.example.com/webhooks/square"];
    expect(await verify("square", captured, args)).toMatchObject({ code: 5, verdict: { reason: "url_mismatch" } });
  });

  it("refuse a repeated header and a source that is not there", async () => {
    const { headers, body } = await capture(["stripe", "payment.succeeded"]);
    const value = headers["stripe-signature"];
    const repeated = await verify("stripe", { body, headers: { "Stripe-Signature": [value, value] } });
    expect(repeated).toMatchObject({ code: 5, verdict: { reason: "repeated_signature" } });
    expect((await cli(["verify", "--source", "nowhere", ...write({ headers, body })])).code).toBe(4);
  });
});

interface Captured {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function cli(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return runCli(args, { cwd: directory, ...options, env: { ...SECRETS, ...options.env } });
}

async function capture(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Captured> {
  const { code, stdout, stderr } = await cli(["send", ...args, "--dry-run", "--json"], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

function write({ headers, body }: Captured): string[] {
  const at = mkdtempSync(join(directory, "delivery-"));
  writeFileSync(join(at, "body"), body);
  writeFileSync(join(at, "headers.json"), JSON.stringify(headers));
  return ["--body", join(at, "body"), "--headers", join(at, "headers.json")];
}

async function verify(
  source: string,
  captured: Captured,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
) {
  const { code, stdout } = await cli(["verify", "--source", source, ...write(captured), "--json", ...args], { env });
  return { code, verdict: JSON.parse(stdout) };
}
