import { describe, expect, it } from "vitest";
import { acknowledged, alertOf, eventPath, fresh, settled, transaction, waitFor } from "./asking.ts";
import type { Deployment, Json } from "./deployment.ts";

/** What operators can see and do. */
export function operatorScenarios(deployment: () => Deployment): void {
  const auditOf = async (target: string) => {
    const actions: string[] = [];
    for (let after = 0; ; ) {
      const { json } = await deployment().api("GET", `/api/audit?after=${after}&limit=500`);
      for (const record of json.items) if (record.target === target) actions.push(record.action);
      if (json.nextCursor === null) return actions;
      after = Number(json.nextCursor);
    }
  };
  /** Once there are as many. */
  const audited = (target: string, count: number) =>
    waitFor(async () => {
      const actions = await auditOf(target);
      return actions.length >= count ? actions : null;
    });

  describe("an operator", () => {
    it("sees an event with everything that is known of it", async () => {
      const [id, payment] = [fresh("evt"), fresh("pi")];
      const eventId = acknowledged(await deployment().send("stripe", "payment.succeeded", { id, payment }));
      const event = await settled(deployment(), eventId);
      const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(event).toMatchObject({
        eventId: `stripe:${id}`,
        source: "stripe",
        provider: "stripe",
        providerEventId: id,
        type: "payment.succeeded",
        kind: "payment",
        transactionId: `stripe:${payment}`,
        status: "processed",
        receivedAt: time,
        occurredAt: time,
        processedAt: time,
        attempts: [{ n: 1, startedAt: time, endedAt: time, outcome: "succeeded", error: null }],
        copies: 1,
        bodySha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        bodyBytes: expect.any(Number),
        payload: { id, type: "payment_intent.succeeded" },
      });
      expect(await audited(eventId, 2)).toEqual(["event.received", "event.processed"]);
    });

    it("finds events by source, type, status, transaction and id, page by page", async () => {
      const payment = fresh("pi");
      const ids = [];
      for (const type of ["payment.pending", "payment.authorized", "payment.succeeded"]) {
        ids.push(acknowledged(await deployment().send("stripe", type, { payment })));
      }
      await Promise.all(ids.map((id) => settled(deployment(), id, "processed")));
      const list = async (query: string) => {
        const { status, json } = await deployment().api("GET", `/api/events?${query}`);
        expect(status).toBe(200);
        return json;
      };
      const of = `transactionId=stripe:${payment}`;
      const idsOf = ({ items }: Json) => items.map(({ eventId }: Json) => eventId);
      expect(idsOf(await list(of))).toEqual(ids.toReversed());
      expect(idsOf(await list(`${of}&type=payment.succeeded&status=processed&source=stripe`))).toEqual([ids[2]]);
      expect(idsOf(await list(`${of}&status=dead`))).toEqual([]);
      expect(idsOf(await list(`q=${encodeURIComponent(ids[0] as string)}`))).toEqual([ids[0]]);

      const pages: string[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const page: Json = await list(`${of}&limit=2${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
        pages.push(...idsOf(page));
        cursor = page.nextCursor;
      }
      expect(pages).toEqual(ids.toReversed());
    });

    it("gets problem details for what is not there or not understood", async () => {
      for (const [method, path, status] of [
        ["GET", eventPath("stripe:none"), 404],
        ["GET", `${eventPath("stripe:none")}/raw`, 404],
        ["DELETE", eventPath("stripe:none"), 404],
        ["POST", `${eventPath("stripe:none")}/replay`, 404],
        ["POST", "/api/dead-letters/stripe:none/redrive", 404],
        ["GET", "/api/transactions/stripe:none", 404],
        ["GET", "/api/nothing", 404],
        ["GET", "/api/events?status=lost", 400],
        ["GET", "/api/events?colour=red", 400],
      ] as const) {
        const answer = await deployment().api(method, path);
        expect([path, answer.status, answer.headers.get("content-type")]).toEqual([
          path,
          status,
          "application/problem+json",
        ]);
        expect(answer.json).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
      }
    });

    it("has an event processed again without another effect", async () => {
      const payment = fresh("pi");
      const options = { payment, refund: fresh("re"), amountMinor: 700 };
      const eventId = acknowledged(await deployment().send("stripe", "refund.succeeded", options));
      await settled(deployment(), eventId, "processed");
      const answer = await deployment().api("POST", `${eventPath(eventId)}/replay`);
      expect([answer.status, answer.json.queued]).toEqual([202, [eventId]]);
      expect(await audited(eventId, 4)).toEqual([
        "event.received",
        "event.processed",
        "event.replayed",
        "event.processed",
      ]);
      expect(await settled(deployment(), eventId)).toMatchObject({ status: "processed", effect: "applied" });
      expect(await transaction(deployment(), `stripe:${payment}`)).toMatchObject({ refundedMinor: "700" });
    });

    it("deletes an event: it is gone, its effect stays, a late copy is known, and it is told", async () => {
      const [id, payment] = [fresh("evt"), fresh("pi")];
      const options = { id, payment, occurredAt: Date.now() - 60_000 };
      const eventId = acknowledged(await deployment().send("stripe", "payment.succeeded", options));
      await settled(deployment(), eventId, "processed");
      expect((await deployment().api("DELETE", eventPath(eventId))).status).toBe(204);
      expect((await deployment().api("GET", eventPath(eventId))).status).toBe(404);
      expect((await deployment().api("GET", `${eventPath(eventId)}/raw`)).status).not.toBe(200);
      expect((await deployment().api("GET", `/api/events?q=${encodeURIComponent(eventId)}`)).json.items).toEqual([]);
      const late = await deployment().send("stripe", "payment.succeeded", options);
      expect(late.json).toEqual({ received: true, eventId, duplicate: true });
      expect(await transaction(deployment(), `stripe:${payment}`)).toMatchObject({ status: "succeeded" });
      await alertOf(deployment(), "event.deleted", eventId);
      await waitFor(async () => ((await auditOf(eventId)).includes("event.deleted") ? true : null));
    });

    it("is told that it stands", async () => {
      for (const path of ["/livez", "/readyz"]) expect((await deployment().api("GET", path)).status).toBe(200);
      const { status, text } = await deployment().api("GET", "/metrics");
      expect([status, text]).toEqual([200, expect.stringMatching(/^strongroom_dead_letters 0/m)]);
    });
  });
}

/** Metrics of a process that takes deliveries itself. */
export function metricsScenarios(deployment: () => Deployment): void {
  it("an operator gets the metrics under their names, without a token", async () => {
    acknowledged(await deployment().send("stripe", "payment.succeeded", { payment: fresh("pi") }));
    const { status, text } = await deployment().api("GET", "/metrics");
    expect(status).toBe(200);
    for (const line of [
      /^strongroom_received_total\{source="stripe",result="accepted"\} [1-9]/m,
      /^strongroom_received_total\{source="stripe",result="forged"\} \d/m,
      /^strongroom_ack_seconds_bucket\{le="\+Inf"\} [1-9]/m,
      /^strongroom_ack_seconds_count [1-9]/m,
      /^strongroom_processed_total\{effect="applied"\} [1-9]/m,
      /^strongroom_backlog \d/m,
      /^strongroom_oldest_pending_seconds \d/m,
      /^strongroom_dead_letters 0/m,
      /^# TYPE strongroom_delivery_attempts_total counter/m,
      /^strongroom_store_errors_total 0/m,
      /^strongroom_clock_skew_seconds\{source="stripe"\} -?\d/m,
    ]) {
      expect(text).toMatch(line);
    }
  });
}
