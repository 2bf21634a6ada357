// The backlog is put into the store directly, with nothing to process it; then the processor alone is timed.
import { createHash, randomUUID } from "node:crypto";
import { openStore } from "../dist/adapters/embedded/sqlite/store.js";
import { startProcessor } from "../dist/pipeline/process.js";

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const silent = { processed: () => {}, storeError: () => {} };

export async function drain(folder, { events, payments, say }) {
  const store = await openStore({
    dataDir: folder.dataDir,
    workerUrl: new URL("../dist/adapters/embedded/sqlite/store-worker.js", import.meta.url),
    clock,
    minFreeDiskBytes: 0,
  });
  const body = Buffer.alloc(2000, "x");
  const run = randomUUID();
  let next = 0;
  const put = async () => {
    while (next < events)
      await store.events.store(deliveryOf(`evt_${randomUUID()}`, `pi_${run}_${next++ % payments}`, body));
  };
  await Promise.all(Array.from({ length: 256 }, put));

  let settled = 0;
  const started = performance.now();
  await new Promise((resolve) => {
    const processor = startProcessor({
      queue: store.queue,
      ledger: store.ledger,
      clock,
      metrics: silent,
      alerts: { raise: () => {} },
      handler: null,
      retry: { maxAttempts: 3, baseMs: 1000, maxMs: 1000 },
      concurrency: 8,
      destinations: [],
      onSettled: () => {
        if (++settled === events) void processor.stop().then(resolve);
      },
      pause: (ms) => new Promise((done) => setTimeout(done, ms)),
    });
  });
  const seconds = (performance.now() - started) / 1000;
  say(`\nDrain of ${events} events of ${payments} payments, no handler: ${(events / seconds).toFixed(0)} events/s`);
  await store.close();
}

function deliveryOf(id, payment, payload) {
  const now = new Date().toISOString();
  return {
    events: [
      {
        eventId: `stripe:${id}`,
        source: "stripe",
        provider: "stripe",
        providerEventId: id,
        providerType: "payment_intent.succeeded",
        type: "payment.succeeded",
        kind: "payment",
        transactionId: `stripe:${payment}`,
        receivedAt: now,
        occurredAt: now,
        amountMinor: "1999",
        currency: "EUR",
      },
    ],
    payload,
    bodySha256: createHash("sha256").update(id).digest("hex"),
    bodyBytes: payload.byteLength,
    redacted: false,
    headers: { "content-type": "application/json" },
  };
}
