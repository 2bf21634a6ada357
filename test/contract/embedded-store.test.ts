import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { availableDrivers, type DriverName } from "../../src/adapters/embedded/sqlite/sqlite-driver.ts";
import { type EmbeddedStore, openStore } from "../../src/adapters/embedded/sqlite/store.ts";
import { clock, workerUrl } from "../support/embedded.ts";
import { delivery, paymentEvent } from "../support/payment-events.ts";
import { describeQueue } from "./queue-contract.ts";
import { describeStore } from "./store-contract.ts";

async function openIn(dataDir: string, driver?: DriverName, minFreeDiskBytes = 0): Promise<EmbeddedStore> {
  return openStore({ dataDir, workerUrl, clock, minFreeDiskBytes, ...(driver === undefined ? {} : { driver }) });
}

async function temporary(): Promise<string> {
  return mkdtemp(join(tmpdir(), "strongroom-"));
}

for (const driver of availableDrivers()) {
  const start = async () => {
    const dataDir = await temporary();
    return {
      open: () => openIn(join(dataDir, "data"), driver),
      remove: () => rm(dataDir, { recursive: true }),
    };
  };
  describeStore(`SQLite by ${driver}`, async () => {
    const { open, remove } = await start();
    return {
      async open() {
        const { queue, outbox, ...store } = await open();
        return {
          ...store,
          requeue: queue,
          attempts: queue,
          take: (limit) => queue.claim(limit, "batch"),
          announced: async () => (await outbox.due("books", 100)).map(({ announcement }) => announcement),
        };
      },
      remove,
    };
  });
  describeQueue(`SQLite by ${driver}`, start);
}

describe("the data directory", () => {
  it("belongs to one process, and is free again when that lets go", async () => {
    const dataDir = await temporary();
    const first = await openIn(dataDir);
    await expect(openIn(dataDir)).rejects.toMatchObject({ name: "StoreError", fault: "locked" });
    await first.events.store(delivery(paymentEvent()));
    await first.close();
    await (await openIn(dataDir)).close();
    await rm(dataDir, { recursive: true });
  });

  it("is readable by its owner only, whatever the umask", async () => {
    const parent = await temporary();
    const before = process.umask(0);
    const store = await openIn(join(parent, "data"));
    process.umask(before);
    const mode = async (name: string) => ((await stat(join(parent, "data", name))).mode & 0o777).toString(8);
    expect(await mode(".")).toBe("700");
    for (const name of ["inbox.db", "inbox.db-wal", "inbox.lock"]) expect(await mode(name)).toBe("600");
    await store.close();
    await rm(parent, { recursive: true });
  });

  it("refuses writes, and says why, when the disk has less left than the floor", async () => {
    const dataDir = await temporary();
    const store = await openIn(dataDir, undefined, Number.MAX_SAFE_INTEGER);
    // The first look at the disk runs in the background; the store's own opening gives it time.
    await expect
      .poll(() =>
        store.events.probe().then(
          () => "written",
          (error: { fault: string }) => error.fault,
        ),
      )
      .toBe("full");
    await expect(store.events.store(delivery(paymentEvent()))).rejects.toMatchObject({ fault: "full" });
    expect(await store.events.get("shop:any")).toBeNull();
    await store.close();
    await rm(dataDir, { recursive: true });
  });
});
