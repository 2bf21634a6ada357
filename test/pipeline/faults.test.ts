import { describe, expect, it } from "vitest";
import { type EmbeddedStore, openStore } from "../../src/adapters/embedded/sqlite/store.ts";
import { statusOf } from "../../src/domain/transaction.ts";
import type { AuditRecord } from "../../src/ports/audit-log.ts";
import { clock, temporaryFolder, workerUrl } from "../support/embedded.ts";
import { type FaultKind, faultyStore, fuseOf } from "./faults/faulty-store.ts";
import { type Script, scriptOf } from "./faults/script.ts";
import { MAX_ATTEMPTS, openWorld, type World } from "./faults/world.ts";

/** What was handed out and never arrived comes back only when the store is opened anew. */
const HAND_OUT = ["queue.claim", "outbox.due"];
const CALLS = [
  "events.store",
  "ledger.settle",
  "outbox.standings",
  "outbox.delivered",
  "outbox.postpone",
  "deadLetters.unarchived",
  ...HAND_OUT,
];
const CALLS_WITH_HANDLER = [
  "queue.begin",
  "queue.retry",
  "queue.giveUp",
  "events.get",
  "events.payload",
  "deadLetters.archived",
];

// Side by side, because they mostly wait; each has a store, an archive and a pipeline of its own.
describe.concurrent.each(["handler", "none"] as const)("with the handler: %s", (handlers) => {
  it.for<FaultKind>(["before", "after", "delayed"])(
    "nothing is lost and nothing happens twice when any one call to the store goes wrong: %s",
    { timeout: 240_000 },
    async (kind, { onTestFinished }) => {
      const dataDir = temporaryFolder(onTestFinished);
      const world = openWorld(handlers, temporaryFolder(onTestFinished));
      const open = async () => {
        const store = await openStore({ dataDir, workerUrl, clock, minFreeDiskBytes: 0 });
        let closed: Promise<void> | undefined;
        const close = () => {
          closed ??= store.close();
          return closed;
        };
        onTestFinished(close);
        return { ...store, close };
      };
      const first = await open();
      const scripts: Script[] = [];
      for (const call of handlers === "handler" ? [...CALLS, ...CALLS_WITH_HANDLER] : CALLS) {
        for (let index = 1; ; index++) {
          const script = scriptOf(`${kind}-${call}-${index}`, handlers === "handler");
          const fuse = fuseOf(kind, call, index);
          const isDone = async () => (await unfinished(first, world, script)).length === 0;
          await world.run(faultyStore(first, fuse), script, fuse, isDone);
          scripts.push(script);
          const waitsForStart = fuse.struck && kind === "after" && HAND_OUT.includes(call);
          if (!waitsForStart) expect([fuse, await unfinished(first, world, script)]).toEqual([fuse, []]);
          if (!fuse.struck) {
            // Every call has its turn, the first of its kind in any case.
            expect([call, index > 1]).toEqual([call, true]);
            break;
          }
        }
      }
      await first.close();

      const second = await open();
      const unharmed = fuseOf(kind, "none", 0);
      const isDone = async () => second.queue.depth() === 0 && Object.keys(await second.outbox.pending()).length === 0;
      await world.run(faultyStore(second, unharmed), scriptOf("last", handlers === "handler"), unharmed, isDone);
      const audit = await wholeAudit(second);
      for (const script of scripts) {
        expect([script.transactionId, await unfinished(second, world, script)]).toEqual([script.transactionId, []]);
        await checkOnce(second, world, script, audit);
      }
      expect(await second.outbox.pending()).toEqual({});
      expect(second.queue.depth()).toBe(0);
    },
  );
});

/** What of an acknowledged script has not come to its end. */
async function unfinished(store: EmbeddedStore, world: World, { healthy, poison }: Script): Promise<readonly string[]> {
  const open: string[] = [];
  for (const eventId of healthy) {
    const status = (await store.events.get(eventId))?.status;
    if (status !== "processed") open.push(`${eventId} is ${status}`);
    if (!world.told.some((one) => one.eventId === eventId && one.accepted)) open.push(`${eventId} is not announced`);
  }
  for (const eventId of poison) {
    const status = (await store.events.get(eventId))?.status;
    if (status !== "dead") open.push(`${eventId} is ${status}`);
    if (!world.alerted.includes(eventId)) open.push(`nobody was told that ${eventId} is dead`);
    if (!world.archived().includes(`${eventId.slice("shop:".length)}.json`)) open.push(`${eventId} is not archived`);
  }
  return open;
}

async function checkOnce(store: EmbeddedStore, world: World, script: Script, audit: readonly AuditRecord[]) {
  const { transactionId, healthy, poison } = script;
  const found = await store.ledger.get(transactionId);
  expect(found && statusOf(found.transaction)).toBe("partially_refunded");
  expect(await store.ledger.history(transactionId)).toMatchObject(
    healthy.map((eventId) => ({ eventId, effect: "applied" })),
  );
  for (const eventId of [...healthy, ...poison]) {
    const isPoison = poison.includes(eventId);
    const ends = audit.filter(({ target, action }) => target === eventId && /\.(processed|dead)$/.test(action));
    expect([eventId, ends.map(({ action }) => action)]).toEqual([
      eventId,
      [isPoison ? "event.dead" : "event.processed"],
    ]);
    const ids = world.told.filter((one) => one.eventId === eventId).map(({ messageId }) => messageId);
    expect([...new Set(ids)]).toEqual(isPoison ? [] : [eventId]);
    const calls = world.calls.filter(({ event }) => event.eventId === eventId);
    for (const { idempotencyKey } of calls) expect(idempotencyKey).toBe(eventId);
    expect(calls.length).toBeLessThanOrEqual(MAX_ATTEMPTS);
    // Each call was counted before it, under a number of its own.
    expect(new Set(calls.map(({ attempt }) => attempt)).size).toBe(calls.length);
    if (isPoison)
      expect(world.archived().filter((name) => eventId.endsWith(name.replace(".json", "")))).toHaveLength(1);
  }
}

async function wholeAudit(store: EmbeddedStore): Promise<readonly AuditRecord[]> {
  const all: AuditRecord[] = [];
  for (;;) {
    const page = await store.audit.list(all.at(-1)?.seq ?? 0, 500);
    if (page.length === 0) return all;
    all.push(...page);
  }
}
