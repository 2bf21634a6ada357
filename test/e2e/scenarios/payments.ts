import { describe, expect, it } from "vitest";
import { acknowledged, alertOf, eventPath, fresh, settled, transaction, waitFor } from "./asking.ts";
import type { Deployment, Json } from "./deployment.ts";

const START = Date.now() - 3_600_000;

/** What deliveries make of payments. */
export function paymentScenarios(deployment: () => Deployment): void {
  describe("a payment", () => {
    const LIFE = [
      { type: "payment.pending", status: "pending" },
      { type: "payment.authorized", status: "authorized" },
      { type: "payment.succeeded", status: "succeeded" },
      { type: "refund.succeeded", status: "partially_refunded", amountMinor: 500, refund: "a" },
      { type: "refund.succeeded", status: "refunded", amountMinor: 1499, refund: "b" },
      { type: "dispute.opened", status: "disputed", dispute: "d" },
      { type: "dispute.lost", status: "charged_back", dispute: "d" },
    ] as const;

    /** Sends the life in this order, each event after the one before was processed. Gives the event ids by step. */
    async function live(payment: string, order: readonly number[]): Promise<Map<number, string>> {
      const ids = new Map<number, string>();
      for (const step of order) {
        const {
          type,
          status: _,
          ...rest
        } = LIFE[step] as (typeof LIFE)[number] & { refund?: string; dispute?: string };
        const own = {
          ...rest,
          ...(rest.refund === undefined ? {} : { refund: `${payment}_${rest.refund}` }),
          ...(rest.dispute === undefined ? {} : { dispute: `${payment}_${rest.dispute}` }),
        };
        const options = { ...own, id: `${payment}_${step}`, payment, occurredAt: START + step * 60_000 };
        const eventId = acknowledged(await deployment().send("stripe", type, options));
        await settled(deployment(), eventId, "processed");
        ids.set(step, eventId);
      }
      return ids;
    }

    it("goes through its life step by step", async () => {
      const payment = fresh("pi");
      const ids = await live(payment, [0, 1, 2, 3, 4, 5, 6]);
      const { history, ...state } = await transaction(deployment(), `stripe:${payment}`);
      expect(state).toMatchObject({
        transactionId: `stripe:${payment}`,
        provider: "stripe",
        status: "charged_back",
        amountMinor: "1999",
        refundedMinor: "1999",
        currency: "EUR",
        lastEventAt: new Date(Math.floor((START + 6 * 60_000) / 1000) * 1000).toISOString(),
      });
      const seen = history.map(({ eventId, type, from, to, effect }: Json) => ({ eventId, type, from, to, effect }));
      expect(seen).toEqual(
        LIFE.map(({ type, status }, step) => ({
          eventId: ids.get(step),
          type,
          from: LIFE[step - 1]?.status ?? null,
          to: status,
          effect: "applied",
        })),
      );
    });

    it("comes to the same state when its events come in the reverse order", async () => {
      const payment = fresh("pi");
      const ids = await live(payment, [6, 5, 4, 3, 2, 1, 0]);
      const { history, ...state } = await transaction(deployment(), `stripe:${payment}`);
      expect(state).toMatchObject({
        status: "charged_back",
        amountMinor: "1999",
        refundedMinor: "1999",
        currency: "EUR",
        lastEventAt: new Date(Math.floor((START + 6 * 60_000) / 1000) * 1000).toISOString(),
      });
      const effects = new Map(history.map(({ eventId, effect }: Json) => [eventId, effect]));
      const effectOf = (step: number) => effects.get(ids.get(step));
      expect([0, 1, 2, 3, 4, 5, 6].map(effectOf)).toEqual([
        "stale",
        "stale",
        "applied",
        "applied",
        "applied",
        "stale",
        "applied",
      ]);
    });

    it("has one effect of an event that comes again and again, one after the other", async () => {
      const payment = fresh("pi");
      const options = { id: fresh("evt"), payment, refund: fresh("re"), amountMinor: 700 };
      const answers = [];
      for (let n = 0; n < 3; n++) answers.push(await deployment().send("stripe", "refund.succeeded", options));
      expect(answers.map(({ status, json }) => [status, json.eventId, json.duplicate])).toEqual([
        [200, `stripe:${options.id}`, false],
        [200, `stripe:${options.id}`, true],
        [200, `stripe:${options.id}`, true],
      ]);
      expect(await settled(deployment(), `stripe:${options.id}`)).toMatchObject({ status: "processed", copies: 3 });
      const { refundedMinor, history } = await transaction(deployment(), `stripe:${payment}`);
      expect({ refundedMinor, times: history.length }).toEqual({ refundedMinor: "700", times: 1 });
    });

    it("has one effect of an event whose copies come at the same instant, all of them acknowledged", async () => {
      const payment = fresh("pi");
      const options = { id: fresh("evt"), payment, refund: fresh("re"), amountMinor: 700, occurredAt: START };
      const answers = await Promise.all(
        Array.from({ length: 16 }, () => deployment().send("stripe", "refund.succeeded", options)),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(answers.filter(({ json }) => json.duplicate === false)).toHaveLength(1);
      expect(await settled(deployment(), `stripe:${options.id}`)).toMatchObject({ status: "processed", copies: 16 });
      const { refundedMinor, history } = await transaction(deployment(), `stripe:${payment}`);
      expect({ refundedMinor, times: history.length }).toEqual({ refundedMinor: "700", times: 1 });
    });

    it("keeps the first body when another comes under its event id, and alerts", async () => {
      const [id, payment] = [fresh("evt"), fresh("pi")];
      const eventId = acknowledged(await deployment().send("stripe", "payment.succeeded", { id, payment }));
      const other = await deployment().send("stripe", "payment.succeeded", { id, payment, amountMinor: 999_999 });
      expect([other.status, other.json]).toEqual([200, { received: true, eventId, duplicate: true }]);
      expect(await alertOf(deployment(), "event.conflict", eventId)).toMatchObject({ at: expect.any(String) });
      const event = await settled(deployment(), eventId);
      expect(event).toMatchObject({ amountMinor: "1999", payload: { data: { object: { amount: 1999 } } } });
      expect(await transaction(deployment(), `stripe:${payment}`)).toMatchObject({ amountMinor: "1999" });
    });

    it("knows an event again after a restart", async () => {
      const { restart } = deployment();
      if (restart === undefined) return;
      const options = { id: fresh("evt"), payment: fresh("pi"), occurredAt: START };
      acknowledged(await deployment().send("stripe", "payment.succeeded", options));
      await restart();
      const again = await deployment().send("stripe", "payment.succeeded", options);
      expect(again.json).toEqual({ received: true, eventId: `stripe:${options.id}`, duplicate: true });
    }, 60_000);
  });

  describe("an authentic event that cannot be applied", () => {
    it("is stored with effect none when its type is not known", async () => {
      const id = fresh("evt");
      const body = JSON.stringify({
        id,
        object: "event",
        type: "customer.created",
        created: Math.floor(START / 1000),
        data: { object: { id: "cus_1", object: "customer" } },
      });
      const eventId = acknowledged(await deployment().post("stripe", deployment().sign("stripe", body), body));
      expect(await settled(deployment(), eventId)).toMatchObject({
        status: "processed",
        type: "other",
        kind: "other",
        effect: "none",
        transactionId: null,
        payload: JSON.parse(body),
      });
    });

    it.each([
      [
        "a negative amount",
        "negative_amount",
        { edit: (body: string) => body.replaceAll(/(amount\w*": )1999/g, "$1-1999") },
      ],
      ["a date in the future", "dated_in_the_future", { occurredAt: Date.now() + 3_600_000 }],
    ])("is quarantined for %s, alerted and not applied", async (_, reason, options) => {
      const payment = fresh("pi");
      const eventId = acknowledged(
        await deployment().send("stripe", "payment.succeeded", { id: fresh("evt"), payment, ...options }),
      );
      expect(await settled(deployment(), eventId)).toMatchObject({ status: "quarantined", reason });
      await alertOf(deployment(), "event.quarantined", eventId);
      expect((await deployment().api("GET", `/api/transactions/stripe:${payment}`)).status).toBe(404);
    });

    it("is quarantined when it changes the currency of its payment, which stays as it was", async () => {
      const payment = fresh("pi");
      await settled(deployment(), acknowledged(await deployment().send("stripe", "payment.authorized", { payment })));
      const eventId = acknowledged(
        await deployment().send("stripe", "payment.succeeded", { payment, currency: "USD", amountMinor: 5000 }),
      );
      const event = await settled(deployment(), eventId);
      expect(event).toMatchObject({ status: "quarantined", reason: "currency_changed" });
      await alertOf(deployment(), "event.quarantined", eventId);
      expect(await transaction(deployment(), `stripe:${payment}`)).toMatchObject({
        status: "authorized",
        currency: "EUR",
        amountMinor: "1999",
      });
    });
  });

  describe("a provider of its own kind", () => {
    it("Adyen gets [accepted] for a batch, and each item is an event", async () => {
      const [first, second] = [fresh("A"), fresh("B")];
      const item = (payment: string, value: number) => ({
        NotificationRequestItem: {
          amount: { currency: "EUR", value },
          eventCode: "AUTHORISATION",
          eventDate: "2026-01-15T10:30:00+01:00",
          merchantAccountCode: "ExampleShopECOM",
          merchantReference: "order-1",
          pspReference: payment,
          success: "true",
        },
      });
      const answer = await deployment().send("adyen", "payment.authorized", {
        edit: () => JSON.stringify({ live: "false", notificationItems: [item(first, 1000), item(second, 2000)] }),
      });
      expect([answer.status, answer.headers.get("content-type"), answer.text]).toEqual([
        200,
        "text/plain",
        "[accepted]",
      ]);
      for (const [payment, amountMinor] of [
        [first, "1000"],
        [second, "2000"],
      ]) {
        await settled(deployment(), `adyen:AUTHORISATION:${payment}:true`, "processed");
        const state = await transaction(deployment(), `adyen:${payment}`);
        expect(state).toMatchObject({ status: "authorized", amountMinor, currency: "EUR" });
      }
    });

    it.each(["stripe", "paypal", "square", "adyen", "generic", "standard"])(
      "%s is believed, read and applied",
      async (source) => {
        const payment = fresh("pay");
        const { status } = await deployment().send(source, "payment.succeeded", { payment });
        expect(status).toBe(200);
        const path = `/api/transactions/${source}:${payment}`;
        const state = await waitFor(async () => {
          const answer = await deployment().api("GET", path);
          return answer.status === 200 ? answer.json : null;
        });
        expect(state).toMatchObject({ status: "succeeded", amountMinor: "1999", currency: "EUR" });
      },
    );

    const PLAIN =
      '{"transactionId":"txn_123456","amount":99.99,"currency":"USD","status":"completed","provider":"stripe","timestamp":"2025-01-15T10:30:00Z"}';

    it("the plain transaction of the first users works as it stands, and a resend without an id is known", async () => {
      const send = (body: string) => deployment().post("generic", deployment().sign("generic", body), body);
      const first = await send(PLAIN);
      const eventId = acknowledged(first);
      expect(first.json.duplicate).toBe(false);
      expect(await settled(deployment(), eventId)).toMatchObject({
        status: "processed",
        type: "payment.succeeded",
        transactionId: "generic:txn_123456",
        payload: JSON.parse(PLAIN),
      });
      const again = await send(JSON.stringify(JSON.parse(PLAIN), null, 2).replace("99.99", "99.990"));
      expect(again.json).toEqual({ received: true, eventId, duplicate: true });
      const { history, ...state } = await transaction(deployment(), "generic:txn_123456");
      expect(state).toMatchObject({ status: "succeeded", amountMinor: "9999", currency: "USD" });
      expect(history).toHaveLength(1);
      const raw = await deployment().api("GET", `${eventPath(eventId)}/raw`);
      expect(raw.text).toBe(PLAIN);
    });
  });
}
