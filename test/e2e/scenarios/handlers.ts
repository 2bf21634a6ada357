import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { acknowledged, alertOf, eventPath, fresh, settled, transaction, waitFor } from "./asking.ts";
import type { Deployment, Json } from "./deployment.ts";

/** What the processor of a deployment with `HANDLER` has to be configured with. */
export const HANDLER_PROCESSOR = {
  concurrency: 4,
  handlerTimeout: "2s",
  retry: { maxAttempts: 3, base: "50ms", max: "100ms" },
};

/** Notes its calls in `calls.ndjson`, and does what the event's id says. */
export const HANDLER = `
import { appendFileSync, existsSync, readFileSync } from "node:fs";
const CALLS = process.env.FOLDER + "/calls.ndjson";
const note = (line) => appendFileSync(CALLS, JSON.stringify(line) + "\\n");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export async function onEvent(event, { attempt, eventId, idempotencyKey, transaction, signal, log }) {
  log.info("called");
  const call = { eventId, attempt, idempotencyKey, aborted: signal.aborted, payment: transaction?.payment?.latest.type };
  note({ ...call, at: Date.now() });
  const id = event.providerEventId;
  if (id.includes("slow")) await pause(100);
  const meeting = () => new Set(readFileSync(CALLS, "utf8").match(/evt_meeting_\\w+/g)).size;
  if (id.includes("meeting")) while (meeting() < 3) await pause(20);
  if (id.includes("twice") && attempt < 3) throw new Error("not yet");
  if (id.includes("permanent")) throw Object.assign(new Error("never"), { permanent: true });
  if (id.includes("hanging")) await new Promise(() => {});
  if (id.includes("dead") && !existsSync(process.env.FOLDER + "/mended")) throw new Error("it cannot be");
  if (id.includes("exits") && attempt === 1) process.exit(3);
  note({ ...call, done: true, at: Date.now() });
}
`;

interface Call {
  readonly eventId: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly aborted: boolean;
  /** What was last known of the payment before the call. */
  readonly payment?: string;
  readonly done?: true;
  readonly at: number;
}

/**
 * What the user's own code sees, and what becomes of its failures. `folder` is where the handler writes; `endedProcess`
 * is what is known of an attempt whose process ended: that it failed, where another process watches.
 */
export function handlerScenarios(
  deployment: () => Deployment & { readonly folder: string },
  { endedProcess }: { readonly endedProcess: "failed" | "interrupted" },
): void {
  const send = async (type: string, options: Parameters<Deployment["send"]>[2]) =>
    acknowledged(await deployment().send("stripe", type, options));
  const callsOf = (...eventIds: readonly string[]) => {
    const file = join(deployment().folder, "calls.ndjson");
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    return lines.map((line) => JSON.parse(line) as Call).filter(({ eventId }) => eventIds.includes(eventId));
  };
  const begun = (...eventIds: readonly string[]) => callsOf(...eventIds).filter(({ done }) => done === undefined);

  describe("a handler", () => {
    it("is called in the order of arrival for each payment, with the payment as it stood before", async () => {
      const payment = fresh("pi");
      const ids: string[] = [];
      for (const type of ["payment.pending", "payment.authorized", "payment.succeeded"]) {
        ids.push(await send(type, { id: fresh("evt_slow"), payment }));
      }
      await settled(deployment(), ids[2] as string, "processed");
      const calls = callsOf(...ids);
      expect(calls.map(({ eventId, done }) => [eventId, done === true])).toEqual(
        ids.flatMap((id) => [
          [id, false],
          [id, true],
        ]),
      );
      expect(begun(...ids).map((call) => call.payment)).toEqual([undefined, "payment.pending", "payment.authorized"]);
      for (const { eventId, attempt, idempotencyKey, aborted } of calls) {
        expect({ attempt, idempotencyKey, aborted }).toEqual({ attempt: 1, idempotencyKey: eventId, aborted: false });
      }
      expect(await transaction(deployment(), `stripe:${payment}`)).toMatchObject({ status: "succeeded" });
    });

    it("is called for several payments at the same time", async () => {
      // Each call waits for the others; one after the other they would run out of time.
      const ids = await Promise.all(
        Array.from({ length: 3 }, () => send("payment.succeeded", { id: fresh("evt_meeting"), payment: fresh("pi") })),
      );
      for (const id of ids) await settled(deployment(), id, "processed");
    });

    it("is called again when it failed, under the same key, and the event is applied once", async () => {
      const payment = fresh("pi");
      const eventId = await send("payment.succeeded", { id: fresh("evt_twice"), payment });
      const { attempts } = await settled(deployment(), eventId, "processed");
      expect(attempts.map(({ n, outcome, error }: Json) => [n, outcome, error])).toEqual([
        [1, "failed", "not yet"],
        [2, "failed", "not yet"],
        [3, "succeeded", null],
      ]);
      expect(begun(eventId).map(({ attempt, idempotencyKey }) => [attempt, idempotencyKey])).toEqual([
        [1, eventId],
        [2, eventId],
        [3, eventId],
      ]);
      expect((await transaction(deployment(), `stripe:${payment}`)).history).toHaveLength(1);
    });

    it.each([
      ["throws every time", "evt_dead", 3],
      ["says that trying again cannot help", "evt_permanent", 1],
      ["does not come back", "evt_hanging", 3],
    ])(
      "that %s leaves a dead event, an alert and an archived record, and the payment goes on",
      async (_, id, tries) => {
        const payment = fresh("pi");
        const eventId = await send("payment.authorized", { id: fresh(id), payment });
        const next = await send("payment.succeeded", { payment });
        const dead = await settled(deployment(), eventId, "dead");
        expect(dead.attempts).toHaveLength(tries);
        await alertOf(deployment(), "event.dead", eventId);
        await settled(deployment(), next, "processed");
        const { status, history } = await transaction(deployment(), `stripe:${payment}`);
        expect({ status, history: history.map((entry: Json) => entry.eventId) }).toEqual({
          status: "succeeded",
          history: [next],
        });

        const day = dead.receivedAt.slice(0, 10).replaceAll("-", "/");
        const key = `stripe/${day}/${dead.providerEventId}.json`;
        const record = JSON.parse(await waitFor(async () => (await deployment().archive()).get(key)));
        expect(Object.keys(record)).toEqual(ARCHIVED);
        expect(record).toMatchObject({
          eventId,
          source: "stripe",
          provider: "stripe",
          type: "payment.authorized",
          receivedAt: dead.receivedAt,
          attempts: dead.attempts,
          bodySha256: dead.bodySha256,
          payload: dead.payload,
        });
        const { json } = await deployment().api("GET", "/api/dead-letters?limit=500");
        expect(json.items.map((item: Json) => item.eventId)).toContain(eventId);
      },
      60_000,
    );

    it("does not lose the event when its process ends in the middle", async () => {
      const eventId = await send("payment.succeeded", { id: fresh("evt_exits"), payment: fresh("pi") });
      const { attempts } = await settled(deployment(), eventId, "processed");
      expect(attempts.map(({ outcome }: Json) => outcome)).toEqual([endedProcess, "succeeded"]);
    });

    it("is not asked about what cannot be applied", async () => {
      const quarantined = await send("payment.succeeded", { occurredAt: Date.now() + 3_600_000 });
      expect((await settled(deployment(), quarantined)).status).toBe("quarantined");
      const payment = fresh("pi");
      await settled(deployment(), await send("payment.authorized", { payment }), "processed");
      const changed = await send("payment.succeeded", { payment, currency: "USD" });
      expect((await settled(deployment(), changed)).status).toBe("quarantined");
      expect(callsOf(quarantined, changed)).toEqual([]);
    });

    it("is called again for a replay, under the same key", async () => {
      const eventId = await send("payment.succeeded", { payment: fresh("pi") });
      await settled(deployment(), eventId, "processed");
      expect((await deployment().api("POST", `${eventPath(eventId)}/replay`)).status).toBe(202);
      await waitFor(() => (begun(eventId).length === 2 ? true : null));
      expect(begun(eventId).map(({ idempotencyKey }) => idempotencyKey)).toEqual([eventId, eventId]);
    });
  });

  describe("a dead letter", () => {
    it("has a path of its own whatever its id is", async () => {
      const odd = `.dead/../ü ${fresh("x")}`;
      const eventId = await send("payment.succeeded", { id: odd, payment: fresh("pi") });
      const { receivedAt } = await settled(deployment(), eventId, "dead");
      const name = odd.replace(/^\./, "%2E").replaceAll("/", "%2F").replace("ü", "%C3%BC").replace(" ", "%20");
      const key = `stripe/${receivedAt.slice(0, 10).replaceAll("-", "/")}/${name}.json`;
      expect(JSON.parse(await waitFor(async () => (await deployment().archive()).get(key)))).toMatchObject({ eventId });
    });

    it("is processed once it is redriven; what is not dead cannot be", async () => {
      const payment = fresh("pi");
      const eventId = await send("payment.succeeded", { id: fresh("evt_dead"), payment });
      await settled(deployment(), eventId, "dead");
      const redrive = `/api/dead-letters/${encodeURIComponent(eventId)}/redrive`;
      writeFileSync(join(deployment().folder, "mended"), "");
      const answer = await deployment().api("POST", redrive);
      expect([answer.status, answer.json.queued]).toEqual([202, [eventId]]);
      await settled(deployment(), eventId, "processed");
      expect(await transaction(deployment(), `stripe:${payment}`)).toMatchObject({ status: "succeeded" });
      expect((await deployment().api("POST", redrive)).status).toBe(409);

      const others = (await deployment().api("GET", "/api/dead-letters?limit=500")).json.items;
      const all = await deployment().api("POST", "/api/dead-letters/redrive", {});
      expect([all.status, [...all.json.queued].sort()]).toEqual([202, others.map((one: Json) => one.eventId).sort()]);
    });
  });
}

const ARCHIVED = ["eventId", "source", "provider", "type", "receivedAt", "deadAt", "attempts", "bodySha256", "payload"];
