import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GENESIS, linkHash } from "../../src/adapters/embedded/sqlite/audit-chain.ts";
import type { AuditRecord } from "../../src/ports/audit-log.ts";
import { ask, askAll, untilProcessed } from "../support/admin-api.ts";
import { type InboxProcess, spawnInbox, writeInboxConfig } from "../support/inbox-process.ts";
import type { Running } from "../support/run-cli.ts";
import { createLoad, type Load, type LoadEvent, SECRETS } from "./crash/load.ts";

/** Another run with the same choices: `CRASH_SEED=… npx vitest run test/e2e/crash.test.ts`. */
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000_000);

const SOURCES = {
  stripe: { provider: "stripe", secrets: ["${env:STRIPE}"] },
  generic: { provider: "generic", secrets: ["${env:GENERIC}"] },
};
const ENV = { STRIPE: SECRETS.stripe, GENERIC: SECRETS.generic };

describe(`an inbox that is killed with SIGKILL at random moments (seed ${SEED})`, () => {
  let folder: string;
  let running: Running | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "strongroom-crash-"));
  });
  afterEach(async () => {
    await running?.stop("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  it("has every event that it acknowledged, applied once, and nothing else", async () => {
    writeInboxConfig({ folder, config: { sources: SOURCES, log: { level: "warn" } } });
    const load = createLoad(SEED);
    const { adminUrl, ingestUrl } = await crashRounds(load, { rounds: 17, most: 80 });
    await checkEvents(load, adminUrl);
    await checkTransactions(load, adminUrl);
    await checkAudit(load, adminUrl);
    await checkDeduplication(load, ingestUrl, adminUrl);
  }, 240_000);

  it("calls the handler again only under the same idempotency key, and applies once", async () => {
    const calls = join(folder, "calls.ndjson");
    writeFileSync(join(folder, "handler.mjs"), HANDLER);
    const processor = {
      handler: join(folder, "handler.mjs"),
      concurrency: 2,
      // Each kill costs whatever runs an attempt, and no event is to die of it.
      retry: { maxAttempts: 100, base: "20ms", max: "100ms" },
    };
    writeInboxConfig({ folder, config: { sources: SOURCES, processor, log: { level: "warn" } } });
    const load = createLoad(SEED + 1);
    const { adminUrl } = await crashRounds(load, { rounds: 8, most: 20 }, { CALLS: calls });
    await checkEvents(load, adminUrl);
    await checkTransactions(load, adminUrl);
    await checkAudit(load, adminUrl);
    checkCalls(load, calls);
  }, 240_000);

  /**
   * Runs the load against the inbox, killing it once a round, and brings everything to its end. Gives the last inbox.
   * In a quarter of the rounds it is killed while it starts.
   */
  async function crashRounds(
    load: Load,
    { rounds, most }: { readonly rounds: number; readonly most: number },
    env: Readonly<Record<string, string>> = {},
  ): Promise<InboxProcess> {
    let startMs = 1000;
    let acknowledged = new Set<string>();
    const start = async () => {
      const startedAt = performance.now();
      const inbox = spawnInbox({ folder, env: { ...ENV, ...env } });
      running = inbox.running;
      const ready = await inbox.ready;
      startMs = performance.now() - startedAt;
      return ready;
    };
    for (let round = 0; round < rounds; round++) {
      if (round % 4 === 3) {
        running = spawnInbox({ folder, env: { ...ENV, ...env } }).running;
        await pause(load.random.below(startMs));
        await running.stop("SIGKILL");
        continue;
      }
      const inbox = await start();
      for (const id of acknowledged) expect(await ask(inbox.adminUrl, eventPath(id))).toMatchObject({ eventId: id });
      const before = new Set(acknowledgedIn(load));
      await load.run(inbox.ingestUrl, 1 + load.random.below(most), () => {
        void pause(load.random.below(10)).then(() => inbox.stop("SIGKILL"));
      });
      await inbox.ended;
      acknowledged = new Set(acknowledgedIn(load).filter((id) => !before.has(id)));
    }
    const inbox = await start();
    await load.finish(inbox.ingestUrl);
    await untilProcessed(inbox.adminUrl);
    return inbox;
  }
});

interface Event {
  readonly eventId: string;
  readonly transactionId: string;
  readonly type: string;
  readonly status: string;
  readonly copies: number;
}

async function checkEvents(load: Load, adminUrl: string): Promise<void> {
  const found = await askAll<Event>(adminUrl, "/api/events");
  expect(found.map(({ eventId }) => eventId).sort()).toEqual(acknowledgedIn(load).sort());
  for (const { eventId, transactionId, type, status, copies } of found) {
    const sent = load.events.get(eventId) as LoadEvent;
    expect({ eventId, transactionId, type, status }).toEqual({
      eventId,
      transactionId: sent.transactionId,
      type: sent.type,
      status: "processed",
    });
    expect(copies).toBeGreaterThanOrEqual(sent.acknowledged);
    expect(copies).toBeLessThanOrEqual(sent.sent);
  }
}

async function checkTransactions(load: Load, adminUrl: string): Promise<void> {
  const found = await askAll<{ readonly transactionId: string }>(adminUrl, "/api/transactions");
  expect(found.map(({ transactionId }) => transactionId).sort()).toEqual([...load.payments.keys()].sort());
  for (const { transactionId, amountMinor, refundedMinor, eventIds } of load.payments.values()) {
    const { history, ...transaction } = await ask<{ readonly history: readonly { readonly eventId: string }[] }>(
      adminUrl,
      `/api/transactions/${encodeURIComponent(transactionId)}`,
    );
    expect(transaction).toMatchObject({ transactionId, status: "partially_refunded", amountMinor, refundedMinor });
    expect(history.map(({ eventId }) => eventId).sort()).toEqual([...eventIds].sort());
  }
}

/** One unbroken chain, from the first record on, in which each event is received and processed once. */
async function checkAudit(load: Load, adminUrl: string): Promise<void> {
  const records = await askAll<AuditRecord>(adminUrl, "/api/audit");
  expect(records.map(({ seq }) => seq)).toEqual(records.map((_, i) => i + 1));
  let before = Buffer.from(GENESIS);
  for (const record of records) {
    expect(record.prevHash).toBe(before.toString("hex"));
    before = Buffer.from(linkHash(before, { ...record, at: Date.parse(record.at) }));
    expect(record.hash).toBe(before.toString("hex"));
  }
  for (const action of ["event.received", "event.processed"]) {
    const targets = records.filter((record) => record.action === action).map(({ target }) => target);
    expect(targets.sort()).toEqual(acknowledgedIn(load).sort());
  }
}

async function checkDeduplication(load: Load, ingestUrl: string, adminUrl: string): Promise<void> {
  for (const event of load.random.shuffle([...load.events.values()]).slice(0, 30)) {
    expect(await load.resend(ingestUrl, event)).toEqual({ status: 200, duplicate: true });
  }
  await untilProcessed(adminUrl);
  await checkEvents(load, adminUrl);
  await checkTransactions(load, adminUrl);
}

/** Calls for an event differ in nothing but the attempt, and each attempt was counted before its call. */
function checkCalls(load: Load, file: string): void {
  const calls = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly id: string; readonly key: string; readonly attempt: number });
  const attempts = new Map<string, number[]>();
  for (const { id, key, attempt } of calls) {
    expect(key).toBe(id);
    attempts.set(id, [...(attempts.get(id) ?? []), attempt]);
  }
  expect([...attempts.keys()].sort()).toEqual(acknowledgedIn(load).sort());
  for (const [id, counted] of attempts) expect([id, [...new Set(counted)].sort(ascending)]).toEqual([id, counted]);
}

const HANDLER = `
import { appendFileSync } from "node:fs";
export async function onEvent(event, { idempotencyKey, attempt }) {
  appendFileSync(process.env.CALLS, JSON.stringify({ id: event.eventId, key: idempotencyKey, attempt }) + "\\n");
  await new Promise((resolve) => setTimeout(resolve, 5));
}
`;

function acknowledgedIn({ events }: Load): string[] {
  return [...events.values()].filter(({ acknowledged }) => acknowledged > 0).map(({ eventId }) => eventId);
}

function eventPath(eventId: string): string {
  return `/api/events/${encodeURIComponent(eventId)}`;
}

function ascending(a: number, b: number): number {
  return a - b;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
