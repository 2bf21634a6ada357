import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Alert } from "../../../ports/alerts.ts";
import { type AlertSinks, type AlertSinksOptions, openAlerts } from "./alert-sinks.ts";

let folder: string;
let path: string;
let closing: (() => unknown)[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alerts-"));
  path = join(folder, "data", "alerts.ndjson");
  closing = [];
});
afterEach(async () => {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
});

const AT = "2025-01-15T10:30:00.000Z";

function open(options: Partial<AlertSinksOptions>): { alerts: AlertSinks; lines: string[] } {
  const lines: string[] = [];
  const to = (level: string) => (_: object, message: string) => {
    lines.push(`${level} ${message}`);
  };
  const alerts = openAlerts({
    sinks: [{ kind: "file", path }],
    clock: { now: () => Date.parse(AT), monotonic: () => 0 },
    log: { info: to("info"), warn: to("warn"), error: to("error") },
    ...options,
  });
  closing.push(() => alerts.flush(0));
  return { alerts, lines };
}

const written = (): Alert[] =>
  existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Alert)
    : [];

async function serve(statusOf: (n: number) => number | null): Promise<{ url: string; received: unknown[] }> {
  const received: unknown[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    received.push(JSON.parse(body));
    const status = statusOf(received.length);
    if (status !== null) response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`, received };
}

describe("an alert", () => {
  test("is written at once as one line with exactly its four keys, and logged", async () => {
    const { alerts, lines } = open({});
    alerts.raise("event.dead", "stripe:evt_1", "3 attempts\nfailed");
    await expect
      .poll(written, { timeout: 5000 })
      .toEqual([{ kind: "event.dead", at: AT, target: "stripe:evt_1", detail: "3 attempts failed" }]);
    expect(lines).toEqual(["warn 3 attempts failed"]);
  });

  test("is posted as JSON with exactly its four keys", async () => {
    const { url, received } = await serve(() => 204);
    const { alerts } = open({ sinks: [{ kind: "http", url }] });
    alerts.raise("store.full", "store", "no space");
    await alerts.flush(2000);
    expect(received).toEqual([{ kind: "store.full", at: AT, target: "store", detail: "no space" }]);
  });

  test("reaches every sink, also when one of them fails", async () => {
    const { url, received } = await serve(() => 200);
    writeFileSync(join(folder, "file"), "");
    const broken = { kind: "file", path: join(folder, "file", "x") } as const;
    const { alerts, lines } = open({ sinks: [broken, { kind: "http", url }, { kind: "file", path }] });
    alerts.raise("clock.skew", "stripe", "40 s");
    await alerts.flush(2000);
    expect([received.length, written().length]).toEqual([1, 1]);
    expect(lines).toContain("error alert not sent: ENOTDIR");
  });
});

describe("a flood", () => {
  test("about one target becomes its first alert and one that counts the rest", async () => {
    const { alerts } = open({ windowMs: 80 });
    for (let n = 0; n < 500; n++) alerts.raise("auth.failures", "stripe", `failure ${n}`);
    await expect
      .poll(() => written().map(({ detail }) => detail), { timeout: 5000 })
      .toEqual(["failure 0", "failure 499 (+498 more)"]);
  });

  test("does not hide another kind or another target", async () => {
    const { alerts } = open({});
    alerts.raise("event.dead", "stripe:evt_1", "a");
    alerts.raise("event.dead", "stripe:evt_2", "b");
    alerts.raise("event.conflict", "stripe:evt_1", "c");
    await alerts.flush(2000);
    expect(written().map(({ detail }) => detail)).toEqual(["a", "b", "c"]);
  });

  test("is told at shutdown although its minute is not over", async () => {
    const { alerts } = open({});
    for (const detail of ["a", "b", "c", "d"]) alerts.raise("archive.failed", "archive", detail);
    await alerts.flush(2000);
    expect(written().map(({ detail }) => detail)).toEqual(["a", "d (+2 more)"]);
  });

  test("is over after a quiet window: the next alert goes out at once", async () => {
    const { alerts } = open({ windowMs: 30 });
    alerts.raise("store.unavailable", "store", "a");
    await new Promise((resolve) => setTimeout(resolve, 80));
    alerts.raise("store.unavailable", "store", "b");
    await expect.poll(() => written().map(({ detail }) => detail), { interval: 5, timeout: 5000 }).toEqual(["a", "b"]);
  });

  test("beyond what a sink can take is dropped and counted in the log", async () => {
    const { alerts, lines } = open({});
    for (let n = 0; n < 1500; n++) alerts.raise("event.quarantined", `stripe:evt_${n}`, "negative amount");
    await alerts.flush(5000);
    expect(written()).toHaveLength(1000);
    expect(lines).toContain("error 500 alerts not sent: too many at once");
  });
});

describe("a file", () => {
  test("is private, whatever the umask, and so is its directory", async () => {
    const before = process.umask(0);
    try {
      const { alerts } = open({});
      alerts.raise("event.dead", "a", "b");
      await alerts.flush(2000);
    } finally {
      process.umask(before);
    }
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(lstatSync(join(folder, "data")).mode & 0o777).toBe(0o700);
  });

  test("is not written through a symbolic link", async () => {
    writeFileSync(join(folder, "victim"), "");
    symlinkSync(join(folder, "victim"), join(folder, "link"));
    const { alerts, lines } = open({ sinks: [{ kind: "file", path: join(folder, "link") }] });
    alerts.raise("event.dead", "a", "b");
    await alerts.flush(2000);
    expect(readFileSync(join(folder, "victim"), "utf8")).toBe("");
    expect(lines).toContain("error alert not sent: ELOOP");
  });

  test("that is a named pipe without a reader holds nothing up", async () => {
    const pipe = join(folder, "pipe");
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    const { alerts, lines } = open({ sinks: [{ kind: "file", path: pipe }] });
    alerts.raise("event.dead", "a", "b");
    await alerts.flush(2000);
    expect(lines).toContain("error alert not sent: ENXIO");
  });
});

describe("a URL", () => {
  test("that fails is tried again", async () => {
    const { url, received } = await serve((n) => (n < 3 ? 500 : 200));
    const { alerts, lines } = open({ sinks: [{ kind: "http", url }], retryMs: 5 });
    alerts.raise("event.dead", "a", "b");
    await alerts.flush(3000);
    expect(received).toHaveLength(3);
    expect(lines).toEqual(["warn b"]);
  });

  test("that keeps failing is given up after three tries", async () => {
    const { url, received } = await serve(() => 503);
    const { alerts, lines } = open({ sinks: [{ kind: "http", url }], retryMs: 5 });
    alerts.raise("event.dead", "a", "b");
    await alerts.flush(3000);
    expect(received).toHaveLength(3);
    expect(lines).toContain("error alert not sent: HTTP 503");
  });

  test("that never answers does not hold up the shutdown beyond the grace", async () => {
    const { url } = await serve(() => null);
    const { alerts, lines } = open({ sinks: [{ kind: "http", url }] });
    alerts.raise("event.dead", "a", "b");
    alerts.raise("event.dead", "c", "d");
    await alerts.flush(100);
    expect(lines).toEqual([
      "warn b",
      "warn d",
      "error alert not sent: stopped",
      "error alert not sent: the inbox stopped first",
    ]);
  });
});

test("what is raised after the flush is still logged", async () => {
  const { alerts, lines } = open({});
  await alerts.flush(1000);
  alerts.raise("event.dead", "a", "late");
  await alerts.flush(1000);
  expect(lines).toEqual(["warn late"]);
  expect(written()).toEqual([]);
});
