import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ANY_PORTS, type Running, runCli, startCli, until } from "../support/run-cli.ts";

const SECRETS = { NEW: `whsec_${"a".repeat(32)}`, OLD: `whsec_${"b".repeat(32)}`, SQ: "c".repeat(24) };
const CONFIG = `version: 1
sources:
  stripe: { provider: stripe, secrets: ["\${env:NEW}", "\${env:OLD?}"] }
  square: { provider: square, secrets: ["\${env:SQ}"], notificationUrl: "https://hooks.example.com/webhooks/square" }
`;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "strongroom-cli-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("strongroom dev and the operator commands", () => {
  let inbox: Running;
  let ready: { ingest: string; admin: string; pid: number };
  let cwd: string;

  beforeAll(async () => {
    cwd = mkdtempSync(join(directory, "dev-"));
    inbox = startCli(["dev"], { cwd, env: ANY_PORTS });
    ready = JSON.parse(await inbox.firstLine());
  });
  afterAll(async () => {
    await inbox.stop("SIGKILL");
  });

  const run = (...args: string[]) => runCli(args, { cwd, env: ANY_PORTS });
  const send = (...args: string[]) => run("send", ...args, "--to", ready.ingest);
  const live = (...args: string[]) => run(...args, "--url", ready.admin);

  it("says on stdout that it is ready, and nothing else", () => {
    expect(ready).toEqual({
      event: "ready",
      ingest: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      admin: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      pid: inbox.pid,
    });
    expect(inbox.output().stdout.trim().split("\n")).toHaveLength(1);
  });

  it("tells the throw-away secrets as log lines, and keeps them for their owner only", async () => {
    const log = await until(
      async () => inbox.output().stderr,
      (stderr) => stderr.split("\n").length > 4,
    );
    const lines = log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const secrets = new Map(lines.flatMap(({ source, secret }) => (source === undefined ? [] : [[source, secret]])));
    expect([...secrets.keys()].sort()).toEqual(["generic", "paypal", "square", "stripe"]);
    const kept = join(cwd, ".strongroom", "dev");
    expect(readFileSync(join(kept, "stripe.secret"), "utf8")).toBe(secrets.get("stripe"));
    expect(statSync(kept).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(kept, { recursive: true, encoding: "utf8" })) {
      const stat = statSync(join(kept, file));
      expect([file, stat.mode & 0o777]).toEqual([file, stat.isDirectory() ? 0o700 : 0o600]);
    }
  });

  it.each(["stripe", "paypal", "square", "generic"])(
    "takes what is sent for %s and refuses what is spoiled",
    async (source) => {
      const taken = await send(source, "payment.succeeded", "--json");
      expect(taken).toMatchObject({ code: 0, stderr: "" });
      expect(JSON.parse(taken.stdout)).toMatchObject({ status: 200, body: { received: true, duplicate: false } });
      const refused = await send(source, "payment.succeeded", "--tamper", "body");
      expect(refused).toMatchObject({ code: 0, stdout: expect.stringMatching(/^401 /) });
    },
  );

  it("sends the same event several times, and the inbox takes it once", async () => {
    const { code, stdout } = await send("stripe", "payment.succeeded", "--id", "evt_twice", "--times", "2", "--json");
    expect(code).toBe(0);
    const answers = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).body.duplicate);
    expect(answers).toEqual([false, true]);
  });

  it("ends with 1 when a delivery is not answered as expected", async () => {
    const args = ["payment.succeeded", "--dry-run", "--json"];
    const { headers } = JSON.parse((await run("send", "stripe", ...args)).stdout);
    expect(headers).toHaveProperty("stripe-signature");
    const elsewhere = await run("send", "stripe", "payment.succeeded", "--to", `${ready.ingest}/webhooks/square`);
    expect(elsewhere).toMatchObject({ code: 1, stdout: expect.stringMatching(/^401 /) });
  });

  it("finds the cause of a failure with the throw-away certificates of PayPal", async () => {
    const { stdout } = await run("send", "paypal", "payment.succeeded", "--dry-run", "--json");
    const { headers, body } = JSON.parse(stdout);
    const right = await run("verify", "--source", "paypal", "--json", ...write({ headers, body }));
    expect(right.code).toBe(0);
    const changed = write({ headers, body: JSON.stringify(JSON.parse(body), null, 4) });
    const wrong = await run("verify", "--source", "paypal", "--json", ...changed);
    expect(wrong.code).toBe(5);
    expect(JSON.parse(wrong.stdout)).toMatchObject({ authentic: false, reason: "reserialised_body", secret: null });
  });

  it("shows the same events over --url and in process beside the running inbox", async () => {
    await send("generic", "payment.succeeded", "--id", "evt_same", "--transaction", "txn_same", "--amount", "10.50");
    const args = ["events", "list", "--source", "generic", "--q", "generic:evt_same", "--json"];
    const [near, far] = await Promise.all([run(...args), live(...args)]);
    expect(near).toMatchObject({ code: 0, stderr: "" });
    expect(
      near.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).eventId),
    ).toEqual(["generic:evt_same"]);
    expect(JSON.parse(near.stdout).bodySha256).toBe(JSON.parse(far.stdout).bodySha256);
    expect((await live("events", "get", "generic:evt_same", "--json")).stdout).toContain('"amount":10.50');
    expect((await live("events", "get", "generic:evt_same")).stdout).toContain('"amount": 10.50');
    expect((await live("events", "list")).stdout).toMatch(/^RECEIVED +EVENT +TYPE/);
  });

  it("shows transactions, the audit chain and statistics", async () => {
    await send("stripe", "payment.succeeded", "--transaction", "pi_shown", "--amount", "12.34");
    const shown = await until(
      () => live("transactions", "get", "stripe:pi_shown"),
      ({ code }) => code === 0,
    );
    expect(shown.stdout).toMatch(/amount +12\.34 EUR/);
    expect((await live("transactions", "list", "--json")).stdout).toContain('"stripe:pi_shown"');
    const chain = (await live("audit", "export")).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(chain.map(({ seq }) => seq)).toEqual(chain.map((_, i) => i + 1));
    expect((await live("audit", "list", "--after", "1", "--limit", "1", "--json")).stdout).toMatch(/^\{"seq":2,/);
    expect((await live("stats")).stdout).toMatch(/totals\.accepted +\d/);
  });

  it("ends with 4 for what is not there", async () => {
    for (const args of [
      ["events", "get", "a:b"],
      ["events", "replay", "a:b"],
      ["transactions", "get", "a:b"],
      ["dead-letters", "redrive", "a:b"],
    ]) {
      expect(await live(...args)).toMatchObject({ code: 4, stdout: "" });
    }
  });

  it("replays, and lists what it would replay", async () => {
    await send("square", "payment.succeeded", "--id", "sq_again");
    await until(
      () => live("events", "list", "--status", "processed", "--q", "square:sq_again", "--json"),
      ({ stdout }) => stdout !== "",
    );
    expect((await run("events", "replay", "--q", "square:sq_again", "--dry-run", "--json")).stdout).toContain(
      '"square:sq_again"',
    );
    const { code, stdout } = await live("events", "replay", "--q", "square:sq_again", "--yes", "--json");
    expect({ code, queued: JSON.parse(stdout).queued }).toEqual({ code: 0, queued: ["square:sq_again"] });
    const processed = (chain: string) => chain.match(/"event\.processed","target":"square:sq_again"/g)?.length;
    await until(
      async () => (await live("audit", "export")).stdout,
      (chain) => processed(chain) === 2,
    );
  });

  it("follows what comes in", async () => {
    const tail = startCli(["tail", "--json", "--url", ready.admin], { cwd });
    const first = tail.firstLine();
    await until(
      () => send("stripe", "payment.succeeded", "--id", "evt_followed"),
      () => tail.output().stdout !== "",
    );
    expect(JSON.parse(await first)).toMatchObject({ eventId: "stripe:evt_followed" });
    expect((await tail.stop("SIGINT")).code).toBe(0);
  });

  it("leaves a directory that another process holds alone, with 75", async () => {
    for (const args of [["dev"], ["events", "delete", "stripe:evt_twice"]]) {
      const { code, stderr } = await run(...args);
      expect([args[0], code]).toEqual([args[0], 75]);
      expect(stderr).toContain("--url");
    }
    expect((await live("events", "get", "stripe:evt_twice", "--json")).code).toBe(0);
  });

  it("opens no debugger, reloads on SIGHUP and stops with 0 on SIGTERM", async () => {
    process.kill(inbox.pid, "SIGUSR1");
    process.kill(inbox.pid, "SIGHUP");
    await until(
      async () => inbox.output().stderr,
      (stderr) => stderr.includes("configuration reloaded"),
    );
    expect((await send("stripe", "payment.succeeded")).code).toBe(0);
    const { code, stdout, stderr } = await inbox.stop("SIGTERM");
    expect({ code, lines: stdout.trim().split("\n").length }).toEqual({ code: 0, lines: 1 });
    expect(stderr).not.toContain("Debugger");
    for (const line of stderr.trim().split("\n")) expect(() => JSON.parse(line)).not.toThrow();
  });

  it("keeps its secrets for the next start, and lets operators in while it is stopped", async () => {
    const secret = readFileSync(join(cwd, ".strongroom", "dev", "stripe.secret"), "utf8");
    expect((await run("events", "delete", "stripe:evt_twice")).code).toBe(0);
    expect((await run("events", "get", "stripe:evt_twice")).code).toBe(4);
    const again = startCli(["dev"], { cwd, env: ANY_PORTS });
    await again.firstLine();
    expect(readFileSync(join(cwd, ".strongroom", "dev", "stripe.secret"), "utf8")).toBe(secret);
    expect((await again.stop("SIGINT")).code).toBe(0);
  });
});

describe("strongroom start", () => {
  const env = { ...SECRETS, ...ANY_PORTS };

  it("keeps the configuration it has when the file is broken, and says why", async () => {
    const cwd = mkdtempSync(join(directory, "start-"));
    const file = join(cwd, "strongroom.yaml");
    writeFileSync(file, CONFIG);
    const inbox = startCli(["start"], { cwd, env });
    const { ingest } = JSON.parse(await inbox.firstLine());
    writeFileSync(file, CONFIG.replace("https://hooks.example.com/", "ftp://hooks.example.com/"));
    process.kill(inbox.pid, "SIGHUP");
    await until(
      async () => inbox.output().stderr,
      (stderr) => stderr.includes("sources.square.notificationUrl"),
    );
    writeFileSync(file, CONFIG);
    expect((await runCli(["send", "square", "payment.succeeded", "--to", ingest], { cwd, env })).code).toBe(0);
    expect((await inbox.stop("SIGTERM")).code).toBe(0);
  });

  it("wants the token that the configuration names", async () => {
    const cwd = mkdtempSync(join(directory, "token-"));
    const token = "t".repeat(32);
    writeFileSync(
      join(cwd, "strongroom.yaml"),
      `${CONFIG}server: { admin: { tokens: [ { name: ops, role: read, secret: "\${env:TOKEN}" } ] } }\n`,
    );
    const inbox = startCli(["start"], { cwd, env: { ...env, TOKEN: token } });
    const { admin } = JSON.parse(await inbox.firstLine());
    const list = (value: string) =>
      runCli(["events", "list", "--json", "--url", admin], { cwd, env: { STRONGROOM_TOKEN: value } });
    expect(await list("")).toMatchObject({ code: 1, stderr: expect.stringContaining("STRONGROOM_TOKEN") });
    expect(await list("x".repeat(32))).toMatchObject({ code: 1 });
    expect(await list(token)).toEqual({ code: 0, stdout: "", stderr: "" });
    const args = ["events", "delete", "stripe:evt_1", "--url", admin];
    expect((await runCli(args, { cwd, env: { STRONGROOM_TOKEN: token } })).code).toBe(1);
    expect((await inbox.stop("SIGTERM")).code).toBe(0);
  });

  it("checks without starting", async () => {
    const cwd = mkdtempSync(join(directory, "check-"));
    writeFileSync(join(cwd, "strongroom.yaml"), CONFIG);
    expect(await runCli(["start", "--check", "--json"], { cwd, env })).toMatchObject({ code: 0, stderr: "" });
    const inbox = startCli(["start"], { cwd, env });
    await inbox.firstLine();
    expect(await runCli(["start", "--check"], { cwd, env })).toMatchObject({ code: 0, stdout: "" });
    await inbox.stop("SIGTERM");
    writeFileSync(join(cwd, ".strongroom", "inbox.db"), "not a database".repeat(1000));
    expect((await runCli(["start", "--check"], { cwd, env })).code).toBe(75);
  });

  it.each([
    ["has a syntax error", "export async function onEvent( {", "SyntaxError"],
    ["exports no onEvent", "export const handle = () => {};", "exports no function named onEvent"],
  ])("finds a handler's module that %s before a port opens", async (_, source, words) => {
    const cwd = mkdtempSync(join(directory, "handler-"));
    writeFileSync(join(cwd, "handlers.mjs"), source);
    writeFileSync(join(cwd, "strongroom.yaml"), `${CONFIG}processor: { handler: ./handlers.mjs }\n`);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    // Whoever tried to listen there would fail in another way.
    const { port } = server.address() as AddressInfo;
    const taken = { ...env, STRONGROOM_SERVER__ADMIN__PORT: String(port) };
    const started = await runCli(["start"], { cwd, env: taken });
    await new Promise((resolve) => server.close(resolve));
    const checked = await runCli(["start", "--check"], { cwd, env });
    for (const { code, stdout, stderr } of [started, checked]) {
      expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
      expect(stderr.trim().split("\n").at(-1)).toMatch(/^strongroom: processor\.handler: /);
      expect(stderr).toContain(words);
    }
    expect(checked.stderr.trim().split("\n")).toHaveLength(1);
    // It runs nothing of the user's.
    expect((await runCli(["config", "check"], { cwd, env })).code).toBe(0);
  });

  it("lets people look at its store without any secret in their environment", async () => {
    const cwd = mkdtempSync(join(directory, "reading-"));
    writeFileSync(join(cwd, "strongroom.yaml"), CONFIG);
    const inbox = startCli(["start"], { cwd, env });
    const { ingest } = JSON.parse(await inbox.firstLine());
    const sent = ["send", "stripe", "payment.succeeded", "--id", "evt_1", "--transaction", "pi_1", "--to", ingest];
    expect((await runCli(sent, { cwd, env })).code).toBe(0);
    await inbox.stop("SIGTERM");
    for (const command of [
      "events list --json",
      "events get stripe:evt_1",
      "transactions get stripe:pi_1",
      "audit verify",
      "stats",
      "destinations list",
      "doctor",
      "gc",
      "events delete stripe:evt_1",
    ]) {
      expect([command, (await runCli(command.split(" "), { cwd })).code]).toEqual([command, 0]);
    }
    for (const command of ["start --check", "config check", "send stripe payment.succeeded --dry-run"]) {
      const { code, stderr } = await runCli(command.split(" "), { cwd });
      expect([command, code]).toEqual([command, 78]);
      expect(stderr).toContain("sources.stripe.secrets[0]");
    }
  });

  it("keeps a second inbox out when somebody removed the lock's file", async () => {
    const cwd = mkdtempSync(join(directory, "lock-"));
    writeFileSync(join(cwd, "strongroom.yaml"), CONFIG);
    const inbox = startCli(["start"], { cwd, env });
    const { ingest } = JSON.parse(await inbox.firstLine());
    rmSync(join(cwd, ".strongroom", "inbox.lock"));
    expect(await runCli(["start"], { cwd, env })).toMatchObject({ code: 75, stdout: "" });
    expect((await runCli(["send", "square", "payment.succeeded", "--to", ingest], { cwd, env })).code).toBe(0);
    expect((await inbox.stop("SIGTERM")).code).toBe(0);
  });

  it("says which port is taken", async () => {
    const cwd = mkdtempSync(join(directory, "port-"));
    writeFileSync(join(cwd, "strongroom.yaml"), CONFIG);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const taken = { ...env, STRONGROOM_SERVER__ADMIN__PORT: String(port) };
    const { code, stderr } = await runCli(["start"], { cwd, env: taken });
    await new Promise((resolve) => server.close(resolve));
    expect(code).toBe(1);
    expect(stderr).toContain(`port ${port}`);
  });
});

function write(delivery: { readonly headers: object; readonly body: string }): string[] {
  const at = mkdtempSync(join(directory, "delivery-"));
  writeFileSync(join(at, "body"), delivery.body);
  writeFileSync(join(at, "headers.json"), JSON.stringify(delivery.headers));
  return ["--body", join(at, "body"), "--headers", join(at, "headers.json")];
}
