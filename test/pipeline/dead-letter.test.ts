import { hash } from "node:crypto";
import { expect, it, onTestFinished } from "vitest";
import { startArchiving } from "../../src/pipeline/dead-letter.ts";
import { temporaryStore } from "../support/embedded.ts";
import { delivery, paymentEvent } from "../support/payment-events.ts";

it("archives the dead events behind one that cannot be written, and says that there is one", async () => {
  const store = await temporaryStore();
  const [bad, good] = [paymentEvent(), paymentEvent()];
  await store.events.store(delivery([bad, good]));
  for (const claim of await store.queue.claim(2, "exclusive")) {
    await store.queue.giveUp(claim, { error: "cannot", endedAt: 1 });
  }
  const written: string[] = [];
  const alerts: string[] = [];
  const archiver = startArchiving({
    deadLetters: store.deadLetters,
    events: store.events,
    archive: {
      async write(key, content) {
        const { eventId } = JSON.parse(content) as { eventId: string };
        if (eventId === bad.eventId) throw new Error("it cannot be written");
        written.push(key);
      },
    },
    alerts: { raise: (kind, _, detail) => alerts.push(`${kind} ${detail}`) },
    sha256: (text) => hash("sha256", text, "hex"),
    pause: () => new Promise((resolve) => setTimeout(resolve, 10)),
  });
  onTestFinished(() => archiver.stop());
  await expect.poll(() => store.deadLetters.unarchived(10)).toEqual([bad.eventId]);
  expect(written).toEqual([`shop/2026/01/02/${good.providerEventId}.json`]);
  await expect.poll(() => alerts).toContain("archive.failed it cannot be written");
});
