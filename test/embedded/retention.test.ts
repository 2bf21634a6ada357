import { describe, expect, it, onTestFinished } from "vitest";
import { openSnapshot } from "../../src/adapters/embedded/sqlite/snapshot.ts";
import { availableDrivers } from "../../src/adapters/embedded/sqlite/sqlite-driver.ts";
import { type EmbeddedStore, openStore } from "../../src/adapters/embedded/sqlite/store.ts";
import type { Claim } from "../../src/ports/queue.ts";
import { clock, temporaryFolder, temporaryStore, workerUrl } from "../support/embedded.ts";
import { delivery, paymentEvent } from "../support/payment-events.ts";

const DAY = 86_400_000;
const at = (day: number) => new Date(Date.UTC(2026, 0, day)).toISOString();
const cutoffAt = (day: number) => ({ events: Date.UTC(2026, 0, day), audit: 0 });

async function put(store: EmbeddedStore, name: string, day: number): Promise<string> {
  const event = paymentEvent("payment.succeeded", { providerEventId: name, receivedAt: at(day) });
  await store.events.store(delivery(event));
  return event.eventId;
}

async function settleAll(store: EmbeddedStore): Promise<void> {
  const claims = await store.queue.claim(100, "batch");
  await store.ledger.settle(claims.map((claim) => ({ claim, attempt: 0, startedAt: 0, destinations: [] })));
}

async function hasPayload(store: EmbeddedStore, ...ids: readonly string[]): Promise<string> {
  const found = await Promise.all(ids.map(async (id) => [id, await store.events.payload(id)] as const));
  return found.flatMap(([id, payload]) => (payload === null ? [] : [id.slice("shop:".length)])).join(" ");
}

describe.each(availableDrivers())("retention on %s", (driver) => {
  it("goes step by step through what is old enough, and ends", async () => {
    const store = await temporaryStore({ driver });
    const ids = await Promise.all(["a", "b", "c", "d", "e"].map((name, index) => put(store, name, index + 1)));
    await settleAll(store);
    const steps = [];
    for (let n = 0; n < 4; n++) steps.push((await store.retention.expire(cutoffAt(4), 2)).events);
    expect(steps).toEqual([2, 1, 0, 0]);
    expect(await hasPayload(store, ...ids)).toBe("d e");
    expect(await store.events.get("shop:a")).toMatchObject({ hasPayload: false, headers: {}, status: "processed" });
    expect((await store.retention.expire(cutoffAt(5), 2)).events).toBe(1);
  });

  it("keeps what waits, and what is dead and not in the archive yet, whatever its age", async () => {
    const store = await temporaryStore({ driver });
    await put(store, "dead", 1);
    const [dead] = (await store.queue.claim(1, "exclusive")) as [Claim];
    await store.queue.giveUp(dead, { error: "never", endedAt: 1 });
    await put(store, "done", 1);
    await settleAll(store);
    await put(store, "waits", 1);
    const names = ["shop:dead", "shop:done", "shop:waits"];
    expect((await store.retention.expire(cutoffAt(9), 1)).events).toBe(1);
    expect(await store.retention.expire(cutoffAt(9), 1)).toEqual({ events: 0, auditRecords: 0 });
    expect(await hasPayload(store, ...names)).toBe("dead waits");
    await store.deadLetters.archived("shop:dead", "key");
    await settleAll(store);
    expect((await store.retention.expire(cutoffAt(9), 9)).events).toBe(2);
    expect(await hasPayload(store, ...names)).toBe("");
  });

  it("does not take again what an operator deleted", async () => {
    const store = await temporaryStore({ driver });
    const id = await put(store, "a", 1);
    await settleAll(store);
    expect(await store.events.remove(id, "ops")).toBe("removed");
    expect(await hasPayload(store, id)).toBe("");
    expect((await store.retention.expire(cutoffAt(9), 9)).events).toBe(0);
  });

  it("takes audit records from the start, only up to the first that is young enough, and says so", async () => {
    let now = DAY;
    const store = await temporaryStore({ driver, clock: { now: () => now, monotonic: () => 0 } });
    const append = (target: string) => store.audit.append({ actor: "a", action: "b", target, outcome: "c" });
    for (const target of ["1", "2", "3"]) await append(target);
    now = 3 * DAY;
    await append("4");
    // Set back and on again: an old record behind a young one stays until that goes.
    now = DAY;
    await append("5");
    now = 4 * DAY;
    const [, second] = await store.audit.list(0, 9);
    const cutoff = { events: 0, audit: 2 * DAY };
    expect((await store.retention.expire(cutoff, 9)).auditRecords).toBe(2);
    const left = await store.audit.list(0, 9);
    expect(left.map(({ seq }) => seq)).toEqual([3, 4, 5, 6]);
    expect(left.at(-1)).toMatchObject({ action: "audit.expired", outcome: `before 3 after ${second?.hash}` });
    expect((await store.retention.expire(cutoff, 9)).auditRecords).toBe(0);
  });

  it("says that the log cannot be emptied while another process reads, and does it afterwards", async () => {
    const dataDir = temporaryFolder();
    const store = await temporaryStore({ driver, dataDir });
    const snapshot = openSnapshot(dataDir);
    onTestFinished(() => snapshot.close());
    await put(store, "a", 1);
    await expect(store.retention.purge()).rejects.toMatchObject({ name: "StoreError", fault: "unavailable" });
    snapshot.exec("COMMIT");
    await store.retention.purge();
  });

  it("rejects when the store is closed", async () => {
    const dataDir = temporaryFolder();
    const store = await openStore({ dataDir, workerUrl, clock, minFreeDiskBytes: 0, driver });
    await store.close();
    await expect(store.retention.purge()).rejects.toMatchObject({ name: "StoreError" });
  });
});
