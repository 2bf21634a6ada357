import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from "vitest";
import { isAvailable, type LocalDynamoDb, startDynamoDb, UNAVAILABLE } from "../support/aws/dynamodb.ts";
import {
  EXITING_LIFE,
  HANDLER,
  ONE_PAYMENT,
  PAYMENT_LIFE,
  POISONED_LIFE,
  type Step,
  THROWING_LIFE,
} from "./crash/crash-script.ts";
import { type CrashWorld, type Role, startCrashWorld } from "./crash/crash-world.ts";
import { enumerateFaults } from "./crash/enumerate-faults.ts";
import { armFault, FAULTS, type FaultKind, KILLS } from "./crash/planned-fault.ts";
import { attemptsAt, openOutcomes } from "./crash/read-outcome.ts";
import { recover, runScript } from "./crash/run-script.ts";

if (!isAvailable()) console.warn(UNAVAILABLE);

describe.runIf(isAvailable())("on AWS, whatever call fails", () => {
  let emulator: LocalDynamoDb;
  let worlds = 0;
  beforeAll(async () => {
    // The clients wait a random time before they try again: here always the shortest.
    vi.spyOn(Math, "random").mockReturnValue(0);
    emulator = await startDynamoDb();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await emulator.stop();
  });

  const open = async (
    { onTestFinished }: Pick<TestContext, "onTestFinished">,
    run: "in this process" | "in processes",
    handler: string | null = null,
  ): Promise<CrashWorld> => {
    const world = await startCrashWorld({ dynamodb: emulator.endpoint, suffix: `crash-${++worlds}`, handler, run });
    onTestFinished(() => world.stop());
    return world;
  };

  // Two at a time: one of them in this process, whose clock and environment it needs for itself, the other in processes.
  describe("a payment, its copy and two refunds", { timeout: 180_000 }, () => {
    it.concurrent("are each applied once and announced when any call breaks, is refused, loses its answer or comes late", async (context) => {
      const clean = await everyCall(context, await open(context, "in this process"), PAYMENT_LIFE, FAULTS);
      expect(clean).toMatchObject({
        ledger: { status: "partially_refunded", amount: "5000", refunded: "2200", version: 3 },
        events: {
          "SOURCE:evt_payment": { status: "processed", effect: "applied", pending: null },
          "SOURCE:evt_refund_1": { status: "processed", effect: "applied", pending: null },
          "SOURCE:evt_refund_2": { status: "processed", effect: "applied", pending: null },
        },
        archived: [],
        alerts: [],
        queued: 0,
      });
      expect(clean.announced).toHaveLength(3);
    });

    it.concurrent("are each applied once and announced when the process is killed before or after any call", async (context) => {
      await everyCall(context, await open(context, "in processes"), PAYMENT_LIFE, KILLS);
    });
  });

  describe("an event that its handler gives up is archived and told of, and the one behind it is processed,", {
    timeout: 180_000,
  }, () => {
    it.concurrent("when any call of the processor or the archiver fails on the way", async (context) => {
      const world = await open(context, "in this process", HANDLER);
      const kinds = ["lost", "gone before", "gone after", "late"] as const;
      const clean = await everyCall(context, world, POISONED_LIFE, kinds, ["processor", "archiver"]);
      expect(clean).toMatchObject(buried("evt_permanent"));
    });

    it.concurrent("when the archiver is killed before or after any call", async (context) => {
      const world = await open(context, "in processes", HANDLER);
      const clean = await everyCall(context, world, POISONED_LIFE, KILLS, ["archiver"]);
      expect(clean).toMatchObject(buried("evt_permanent"));
    });
  });

  describe("an event that its handler", () => {
    it.concurrent("refuses every time is dead after three attempts, and the one behind it is processed at its first", async (context) => {
      const world = await open(context, "in this process", HANDLER);
      const { source } = await runScript(world, THROWING_LIFE, null);
      expect(await (await openOutcomes(world, THROWING_LIFE))(source)).toMatchObject(buried("evt_throws"));
      expect(await attemptsAt(world, `${source}:evt_throws`)).toBe(3);
      expect(await attemptsAt(world, `${source}:evt_after`)).toBe(1);
    });

    it.concurrent("does not survive is dead after three attempts; what ran beside it and what the queue gave up with it is not", async (context) => {
      const world = await open(context, "in processes", HANDLER);
      const { source, calls, roles } = await runScript(world, EXITING_LIFE, null);
      const outcome = await (await openOutcomes(world, EXITING_LIFE))(source);
      expect(outcome).toMatchObject(buried("evt_exits"));
      expect(outcome.events).toMatchObject({
        "SOURCE:evt_slow": { status: "processed" },
        "SOURCE:evt_beside": { status: "processed" },
      });
      expect(await attemptsAt(world, `${source}:evt_exits`)).toBe(3);
      const putBack = calls.filter(({ operation }, nth) => operation === "SendMessage" && roles[nth] === "archiver");
      expect(putBack.length).toBeGreaterThan(0);
    });
  });

  it("an event that was stored, never queued and never sent again is queued by the reconciler, at the latest by the next one", async (context) => {
    const world = await open(context, "in this process");
    const stored = (await runScript(world, ONE_PAYMENT, null)).calls.findIndex(
      ({ operation }) => operation === "PutItem",
    );
    const { source, struck, unacknowledged } = await runScript(
      world,
      ONE_PAYMENT,
      { index: stored, kind: "gone after" },
      { tries: 1 },
    );
    expect(struck?.operation).toBe("PutItem");
    expect(unacknowledged).toEqual([`${source}:evt_payment`]);
    const outcome = async () => (await openOutcomes(world, ONE_PAYMENT))(source);
    expect(await outcome()).toMatchObject({ ledger: null, events: { "SOURCE:evt_payment": { status: "received" } } });

    world.advance(60_000);
    world.proxy.clear();
    world.proxy.plan(({ operation }) =>
      operation === "SendMessage" ? { kind: "fail-before", as: "unavailable" } : null,
    );
    await expect(world.functions.reconciler.invoke({})).rejects.toMatchObject({ errorType: expect.any(String) });
    expect(world.proxy.calls().some(({ operation }) => operation === "SendMessage")).toBe(true);
    armFault(world.proxy, null, () => {});
    await recover(world);
    expect(await outcome()).toMatchObject({
      ledger: { status: "succeeded", version: 1 },
      events: { "SOURCE:evt_payment": { status: "processed", pending: null } },
      queued: 0,
    });
  });
});

/** Breaks every call of a script and expects that nothing comes of it; gives what the script leaves behind. */
async function everyCall(
  { annotate }: Pick<TestContext, "annotate">,
  world: CrashWorld,
  script: readonly Step[],
  kinds: readonly FaultKind[],
  only?: readonly Role[],
) {
  const { clean, calls, combinations, broken } = await enumerateFaults(world, script, kinds, only ? { only } : {});
  await annotate(`${combinations} combinations: ${calls} calls, each ${kinds.join(", ")}`);
  expect(broken).toEqual([]);
  expect(calls).toBeGreaterThan(0);
  expect(combinations).toBe(calls * kinds.length);
  return clean;
}

/** What is left when the first of two events of a payment was given up. */
function buried(id: string) {
  const archived = `SOURCE/DATE/${id}.json`;
  return {
    ledger: { status: "succeeded", history: [{ eventId: "SOURCE:evt_after" }] },
    events: {
      [`SOURCE:${id}`]: { status: "dead", pending: "dead", archive_key: archived },
      "SOURCE:evt_after": { status: "processed", effect: "applied", pending: null },
    },
    archived: [archived],
    alerts: [`event.dead SOURCE:${id}`],
    queued: 0,
  };
}
