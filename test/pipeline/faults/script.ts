import { createHmac } from "node:crypto";
import type { Delivery } from "../../../src/domain/provider.ts";
import type { Source } from "../../../src/domain/source.ts";
import { generic } from "../../../src/providers/generic.ts";

const SECRET = "a secret of more than sixteen bytes";

export const SOURCE: Source = {
  name: "shop",
  provider: generic,
  settings: { tolerance: 300_000, lenient: false, hmac: { header: "x-signature", encoding: "hex", signed: "{body}" } },
  secrets: () => [SECRET],
};

/** What a provider sends of one payment. */
export interface Script {
  readonly transactionId: string;
  /** In the order in which they come; one of them comes twice. */
  readonly deliveries: readonly Delivery[];
  /** Ids of the events that have to be applied, in order. */
  readonly healthy: readonly string[];
  /** Those that no handler can take. */
  readonly poison: readonly string[];
}

/** One payment of 100.00, two refunds of 10.00 and 20.00, the payment again, and with a handler an event that is poison. */
export function scriptOf(name: string, withPoison: boolean): Script {
  const paid = delivery(name, "paid", "100.00", { type: "payment.succeeded" });
  const refunds = ["10.00", "20.00"].map((amount, n) =>
    delivery(name, `refund-${n}`, amount, { type: "refund.succeeded", refundId: `${name}-${n}` }),
  );
  const poison = withPoison
    ? [delivery(name, "poison", "5.00", { type: "refund.succeeded", refundId: `${name}-p` })]
    : [];
  const idOf = (end: string) => `shop:${name}-${end}`;
  return {
    transactionId: `shop:pay-${name}`,
    deliveries: [paid, ...refunds.slice(0, 1), ...poison, paid, ...refunds.slice(1)],
    healthy: ["paid", "refund-0", "refund-1"].map(idOf),
    poison: poison.map(() => idOf("poison")),
  };
}

export function isPoison(eventId: string): boolean {
  return eventId.endsWith("-poison");
}

function delivery(name: string, end: string, amount: string, more: Readonly<Record<string, string>>): Delivery {
  const body = Buffer.from(
    JSON.stringify({
      id: `${name}-${end}`,
      transactionId: `pay-${name}`,
      amount,
      currency: "EUR",
      timestamp: "2026-01-02T03:04:05Z",
      ...more,
    }),
  );
  return { headers: { "x-signature": createHmac("sha256", SECRET).update(body).digest("hex") }, body };
}
