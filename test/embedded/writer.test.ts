import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDatabase } from "../../src/adapters/embedded/sqlite/sqlite-driver.ts";
import type { ClaimRow } from "../../src/adapters/embedded/sqlite/wire.ts";
import { deliveryRow } from "../../src/adapters/embedded/sqlite/wire.ts";
import { openWriter, type WriterCall } from "../../src/adapters/embedded/sqlite/writer.ts";
import { temporaryFolder } from "../support/embedded.ts";
import { delivery, paymentEvent } from "../support/payment-events.ts";
import { canMountDisk, mountDisk } from "../support/small-disk.ts";

function writing() {
  const path = join(temporaryFolder(), "inbox.db");
  const writer = openWriter(path, { queue: () => {}, outbox: () => {} });
  onTestFinished(() => writer.close());
  return { writer };
}

function storeCall(name: string): WriterCall {
  const one = delivery(paymentEvent("payment.succeeded", { providerEventId: name, transactionId: `shop:of-${name}` }));
  return { name: "store", args: [deliveryRow(one), one.payload, 1] };
}

const CLAIM: WriterCall = { name: "claim", args: [10, "exclusive"] };
/** Fails by itself after the calls before it have run, so that the whole batch is rolled back and each call runs alone. */
const FAULTY: WriterCall = { name: "settle", args: [[[9999, 0, 0, []]], 1] };

const claimed = (reply: unknown) =>
  (reply as { values: [readonly ClaimRow[]] }).values[0].map(([, , , event]) => event[2]);

describe("a batch that is rolled back", () => {
  it("does not take its neighbours with it", () => {
    const { writer } = writing();
    const replies = writer.execute([storeCall("a"), FAULTY, storeCall("b"), CLAIM]);
    expect(replies.map((reply) => ("fault" in reply ? reply.fault : "ok"))).toEqual(["ok", "bug", "ok", "ok"]);
    expect(claimed(replies[3])).toEqual(["a", "b"]);
  });

  it("leaves nothing that comes later unclaimed", () => {
    const { writer } = writing();
    writer.execute([storeCall("a"), storeCall("b"), storeCall("c"), CLAIM, FAULTY]);
    writer.execute(["d", "e", "f"].map(storeCall));
    expect(claimed(writer.execute([CLAIM])[0])).toEqual(["d", "e", "f"]);
  });

  it.runIf(canMountDisk())("leaves no number behind from which a start would not read the keys", () => {
    const disk = mountDisk(join(temporaryFolder(), "disk"), "4m");
    const path = join(disk.path, "inbox.db");
    const writer = openWriter(path, { queue: () => {}, outbox: () => {} });
    writer.execute([storeCall("before")]);
    disk.fill();
    const many = Array.from({ length: 200 }, (_, n) => storeCall(`refused-${n}`));
    expect(writer.execute(many)).toMatchObject([{ fault: expect.stringMatching(/full|unavailable/) }]);
    disk.free();
    // All keys are written, so the next event is the first whose key a start has to read.
    writer.catchUp();
    writer.execute([storeCall("after")]);
    const db = openDatabase(path, "read");
    const { from, newest } = db
      .prepare(
        `SELECT (SELECT unwritten_from FROM late_indexes WHERE name = 'event_keys') AS "from",
           (SELECT max(seq) FROM events) AS newest`,
      )
      .get() as { from: number; newest: number };
    db.close();
    expect(from).toBeLessThanOrEqual(newest);
    expect(claimed(writer.execute([CLAIM])[0])).toEqual(["before", "after"]);
    writer.close();
  });
});
