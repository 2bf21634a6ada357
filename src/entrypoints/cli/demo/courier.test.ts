import { expect, it } from "vitest";
import { createCourier } from "./courier.ts";
import type { PlannedDelivery } from "./plan.ts";
import type { PostResult } from "./post-delivery.ts";

const delivery = (eventId: string, atOnce = 1): PlannedDelivery => ({
  eventId,
  source: "stripe",
  body: Buffer.from("{}"),
  atOnce,
  forgery: null,
});
const answered = (status: number): PostResult => ({ kind: "answered", status, ms: 1 });

/** A receiver that gives each event these results, one after the other, and the last of them from then on. */
function courierTo(script: Readonly<Record<string, readonly PostResult[]>>) {
  const asked = new Map<string, number>();
  const pauses: number[] = [];
  const courier = createCourier({
    async post({ eventId }) {
      const n = asked.get(eventId) ?? 0;
      asked.set(eventId, n + 1);
      return script[eventId]?.[n] ?? script[eventId]?.at(-1) ?? { kind: "not_sent" };
    },
    pause: async (ms) => void pauses.push(ms),
    onDone() {},
  });
  return { courier, pauses };
}

it("sends again what got no answer or was told to come again, and counts what may have come in", async () => {
  const { courier, pauses } = courierTo({
    a: [{ kind: "not_sent" }, { kind: "no_answer" }, answered(503), answered(429), answered(200)],
  });
  await courier.sendAll([delivery("a")], 4);
  expect(courier.tallyOf("a")).toEqual({ sent: 4, acknowledged: 1, refused: 0 });
  expect(pauses).toEqual([50, 100, 200, 400]);
});

it("takes a refusal for the last word", async () => {
  const { courier } = courierTo({ a: [answered(401)] });
  await courier.sendAll([delivery("a")], 4);
  expect(courier.tallyOf("a")).toEqual({ sent: 1, acknowledged: 0, refused: 1 });
});

it("sends copies at once, and everything else once", async () => {
  const { courier } = courierTo({ a: [answered(200)], b: [answered(200)] });
  await courier.sendAll([delivery("a", 3), delivery("b")], 2);
  expect([courier.tallyOf("a").acknowledged, courier.tallyOf("b").acknowledged]).toEqual([3, 1]);
  expect(courier.latencies).toHaveLength(4);
});

it("gives up in the end", async () => {
  const { courier, pauses } = courierTo({ a: [{ kind: "no_answer" }] });
  await courier.sendAll([delivery("a")], 1);
  expect(courier.tallyOf("a")).toEqual({ sent: 60, acknowledged: 0, refused: 0 });
  expect(Math.max(...pauses)).toBe(1600);
});
