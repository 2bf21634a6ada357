import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { stripe } from "../../../src/providers/stripe.ts";
import { acknowledged, eventPath, fresh, settled, waitFor } from "./asking.ts";
import type { Deployment, Json } from "./deployment.ts";
import { openReceiver, type Receiver } from "./receiver.ts";

/** Secrets of the destinations; the inbox gets them by these names. */
export const DESTINATION_SECRETS = {
  LEDGER_WHSEC: `whsec_${Buffer.from("canary-ledger-destination-32byte").toString("base64")}`,
  LEGACY_SECRET: "whsec_canaryLegacy00112233445566",
} as const;

export interface Receivers {
  /** Gets payments and refunds, in the standard format. */
  readonly ledger: Receiver;
  /** Gets what came from Stripe as it came, signed anew. */
  readonly legacy: Receiver;
  /** The port of a destination for disputes where nobody listens yet. */
  readonly absentPort: number;
}

export function destinationConfig({ ledger, legacy, absentPort }: Receivers): Readonly<Record<string, object>> {
  const retry = { maxAttempts: 100, base: "20ms", max: "100ms" };
  const absent = `http://127.0.0.1:${absentPort}/hook`;
  return {
    ledger: { url: ledger.url, secret: "${env:LEDGER_WHSEC}", events: ["payment.*", "refund.*"], retry },
    legacy: { url: legacy.url, format: "original", sources: ["stripe"], resign: "${env:LEGACY_SECRET}", retry },
    absent: { url: absent, secret: "${env:LEDGER_WHSEC}", events: ["dispute.*"], retry },
  };
}

/** What other programs are told of processed events. */
export function destinationScenarios(deployment: () => Deployment, receivers: () => Receivers): void {
  const of = ({ received }: Receiver, eventId: string) =>
    received.filter(
      ({ headers, body }) => headers["webhook-id"] === eventId || body.includes(eventId.split(":")[1] ?? ""),
    );
  const arrived = (receiver: Receiver, eventId: string, count = 1) =>
    waitFor(() => (of(receiver, eventId).length >= count ? of(receiver, eventId) : null));

  describe("a destination", () => {
    it("is told of a processed event, signed so that the standard's own library believes it, without the payload", async () => {
      const [id, payment] = [fresh("evt"), fresh("pi")];
      const eventId = acknowledged(await deployment().send("stripe", "payment.succeeded", { id, payment }));
      const [got] = await arrived(receivers().ledger, eventId);
      const { occurredAt, receivedAt, amountMinor } = await settled(deployment(), eventId);
      const headers = got?.headers as Record<string, string>;
      const webhook = new Webhook(DESTINATION_SECRETS.LEDGER_WHSEC);
      expect(webhook.verify(got?.body as Buffer, headers)).toEqual({
        type: "payment.succeeded",
        timestamp: occurredAt,
        data: {
          eventId,
          source: "stripe",
          provider: "stripe",
          providerEventId: id,
          providerType: "payment_intent.succeeded",
          occurredAt,
          receivedAt,
          transactionId: `stripe:${payment}`,
          amountMinor,
          currency: "EUR",
          status: "succeeded",
          effect: "applied",
          stale: false,
        },
      });
    });

    it("that wants the original gets the same bytes, signed so that Stripe's own check believes them", async () => {
      const eventId = acknowledged(await deployment().send("stripe", "payment.succeeded", { payment: fresh("pi") }));
      const [got] = await arrived(receivers().legacy, eventId);
      const { text } = await deployment().api("GET", `${eventPath(eventId)}/raw`);
      expect(got?.body.toString("utf8")).toBe(text);
      const verified = stripe.verify(
        { headers: got?.headers ?? {}, body: got?.body ?? Buffer.alloc(0) },
        {
          secrets: [DESTINATION_SECRETS.LEGACY_SECRET],
          settings: { tolerance: 300_000 },
          now: Date.now(),
          certificate: async () => null,
        },
      );
      expect(verified).toMatchObject({ kind: "authentic" });
    });

    it("is told only of what it asked for", async () => {
      const payment = fresh("pi");
      const refund = acknowledged(await deployment().send("generic", "refund.succeeded", { payment }));
      const dispute = acknowledged(await deployment().send("stripe", "dispute.opened", { payment }));
      await arrived(receivers().ledger, refund);
      await arrived(receivers().legacy, dispute);
      expect(of(receivers().legacy, refund)).toEqual([]);
      expect(of(receivers().ledger, dispute)).toEqual([]);
    });

    it("that refuses is told again under the same id until it accepts", async () => {
      const { ledger } = receivers();
      ledger.answer(503);
      const eventId = acknowledged(await deployment().send("generic", "payment.succeeded", { payment: fresh("pay") }));
      await arrived(ledger, eventId, 3);
      ledger.answer(204);
      const refusals = of(ledger, eventId).length;
      const all = await arrived(ledger, eventId, refusals + 1);
      expect(new Set(all.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
      const webhook = new Webhook(DESTINATION_SECRETS.LEDGER_WHSEC);
      for (const { body, headers } of all) webhook.verify(body, headers as Record<string, string>);
    });

    it("that is not there is told once it is", async () => {
      const eventId = acknowledged(await deployment().send("stripe", "dispute.opened", { payment: fresh("pi") }));
      await settled(deployment(), eventId, "processed");
      const late = await openReceiver(receivers().absentPort);
      try {
        const [got] = await arrived(late, eventId);
        expect(got?.headers["webhook-id"]).toBe(eventId);
      } finally {
        await late.close();
      }
    });

    it("is told again of a replay, marked as one, under the same id", async () => {
      const eventId = acknowledged(await deployment().send("stripe", "payment.succeeded", { payment: fresh("pi") }));
      const [first] = await arrived(receivers().ledger, eventId);
      expect((await deployment().api("POST", `${eventPath(eventId)}/replay`)).status).toBe(202);
      const [, again] = await arrived(receivers().ledger, eventId, 2);
      expect(again?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
      const replayed: Json = JSON.parse(again?.body.toString("utf8") ?? "");
      expect(replayed.data).toMatchObject({ eventId, replay: true, status: "succeeded" });
      expect(JSON.parse(first?.body.toString("utf8") ?? "").data.replay).toBeUndefined();
    });

    it("is told of an event that came too late to change anything, as stale", async () => {
      const payment = fresh("pi");
      await settled(deployment(), acknowledged(await deployment().send("stripe", "payment.succeeded", { payment })));
      const late = acknowledged(
        await deployment().send("stripe", "payment.authorized", { payment, occurredAt: Date.now() - 600_000 }),
      );
      const [got] = await arrived(receivers().ledger, late);
      const { data }: Json = JSON.parse(got?.body.toString("utf8") ?? "");
      expect(data).toMatchObject({ effect: "stale", stale: true, status: "succeeded" });
    });
  });
}
