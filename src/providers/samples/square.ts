import { createHmac, randomUUID } from "node:crypto";
import { derivedId, randomId } from "./made-up-ids.ts";
import type { SampleRequest, Sampler, SigningContext } from "./sampler.ts";

interface Facts {
  readonly payment: string;
  readonly refund: string;
  readonly dispute: string;
  /** An id that nobody asks about, the same in every sample of one payment. */
  readonly other: (name: string) => string;
  readonly money: { readonly amount: number; readonly currency: string };
  /** RFC 3339 UTC. */
  readonly at: string;
}

interface Shape {
  readonly providerType: string;
  readonly object: "payment" | "refund" | "dispute";
  readonly state: string;
}

const SHAPES: Readonly<Record<string, Shape>> = {
  "payment.pending": { providerType: "payment.created", object: "payment", state: "PENDING" },
  "payment.authorized": { providerType: "payment.created", object: "payment", state: "APPROVED" },
  "payment.succeeded": { providerType: "payment.updated", object: "payment", state: "COMPLETED" },
  "payment.failed": { providerType: "payment.updated", object: "payment", state: "FAILED" },
  "payment.canceled": { providerType: "payment.updated", object: "payment", state: "CANCELED" },
  "refund.pending": { providerType: "refund.created", object: "refund", state: "PENDING" },
  "refund.succeeded": { providerType: "refund.updated", object: "refund", state: "COMPLETED" },
  "refund.failed": { providerType: "refund.updated", object: "refund", state: "FAILED" },
  "dispute.opened": { providerType: "dispute.created", object: "dispute", state: "EVIDENCE_REQUIRED" },
  "dispute.won": { providerType: "dispute.state.updated", object: "dispute", state: "WON" },
  "dispute.lost": { providerType: "dispute.state.updated", object: "dispute", state: "LOST" },
  "payment.created": { providerType: "payment.created", object: "payment", state: "APPROVED" },
  "payment.updated": { providerType: "payment.updated", object: "payment", state: "COMPLETED" },
  "refund.created": { providerType: "refund.created", object: "refund", state: "PENDING" },
  "refund.updated": { providerType: "refund.updated", object: "refund", state: "COMPLETED" },
  "dispute.created": { providerType: "dispute.created", object: "dispute", state: "EVIDENCE_REQUIRED" },
  "dispute.state.updated": { providerType: "dispute.state.updated", object: "dispute", state: "LOST" },
};

const types = Object.keys(SHAPES);

/** Square events, for our types that Square knows and for its own. */
export const squareSampler: Sampler = { types, body, sign };

function body(request: SampleRequest): string {
  const shape = Object.hasOwn(SHAPES, request.type) ? SHAPES[request.type] : undefined;
  if (shape === undefined) {
    throw new RangeError(`Square has no sample of type ${request.type}; there is ${types.join(", ")}`);
  }
  const facts = readFacts(request);
  return JSON.stringify({
    merchant_id: facts.other("merchant").slice(0, 13).toUpperCase(),
    ...(shape.object === "dispute" ? { location_id: location(facts) } : {}),
    type: shape.providerType,
    event_id: request.eventId ?? randomUUID(),
    created_at: facts.at,
    data: {
      type: shape.object,
      id: facts[shape.object],
      object: { [shape.object]: OBJECTS[shape.object](facts, shape.state) },
    },
  });
}

function readFacts(request: SampleRequest): Facts {
  const amount = Number(request.amountMinor);
  if (!Number.isSafeInteger(amount)) throw new RangeError("the amount is larger than any that Square sends");
  const payment = request.paymentId ?? `${randomId(27)}ZY`;
  return {
    payment,
    refund: request.refundId ?? `${payment.slice(0, 100)}_${randomId(43)}`,
    dispute: request.disputeId ?? randomId(20),
    other: (name) => derivedId(`${payment} ${name}`, 28),
    money: { amount, currency: request.currency },
    at: new Date(request.occurredAt).toISOString(),
  };
}

const OBJECTS: Readonly<Record<Shape["object"], (facts: Facts, state: string) => Readonly<Record<string, unknown>>>> = {
  payment: (facts, status) => ({
    id: facts.payment,
    created_at: facts.at,
    updated_at: facts.at,
    amount_money: facts.money,
    total_money: facts.money,
    approved_money: facts.money,
    status,
    delay_duration: "PT168H",
    delay_action: "CANCEL",
    source_type: "CARD",
    card_details: {
      status: CARD_STATES[status],
      card: {
        card_brand: "VISA",
        last_4: "1111",
        exp_month: 11,
        exp_year: 2031,
        fingerprint: `sq-1-${facts.other("fingerprint")}`,
        card_type: "CREDIT",
        prepaid_type: "NOT_PREPAID",
        bin: "411111",
      },
      entry_method: "KEYED",
      cvv_status: "CVV_ACCEPTED",
      avs_status: "AVS_ACCEPTED",
      statement_description: "SQ *EXAMPLE SHOP",
      card_payment_timeline: { authorized_at: facts.at },
    },
    location_id: location(facts),
    order_id: facts.other("order"),
    risk_evaluation: { created_at: facts.at, risk_level: "NORMAL" },
    receipt_number: facts.payment.slice(0, 4),
    version_token: facts.other(`version ${status}`),
  }),
  refund: (facts, status) => ({
    id: facts.refund,
    status,
    amount_money: facts.money,
    payment_id: facts.payment,
    order_id: facts.other("order"),
    location_id: location(facts),
    reason: "Returned goods",
    created_at: facts.at,
    updated_at: facts.at,
    version: status === "PENDING" ? 7 : 10,
  }),
  dispute: (facts, state) => ({
    id: facts.dispute,
    state,
    amount_money: facts.money,
    brand_dispute_id: facts.other("brand").slice(0, 22),
    card_brand: "VISA",
    created_at: facts.at,
    updated_at: facts.at,
    disputed_payment: { payment_id: facts.payment },
    due_at: facts.at,
    location_id: location(facts),
    reason: "AMOUNT_DIFFERS",
    reported_at: facts.at,
    version: state === "EVIDENCE_REQUIRED" ? 1 : 6,
  }),
};

const CARD_STATES: Readonly<Record<string, string>> = {
  PENDING: "PENDING",
  APPROVED: "AUTHORIZED",
  COMPLETED: "CAPTURED",
  CANCELED: "VOIDED",
  FAILED: "FAILED",
};

function location(facts: Facts): string {
  return facts.other("location").slice(0, 13).toUpperCase();
}

function sign(body: Uint8Array, { secret, settings }: SigningContext): Record<string, string> {
  if (secret === null) throw new RangeError("Square signs with a secret");
  const signature = createHmac("sha256", secret).update(String(settings.notificationUrl)).update(body);
  return {
    "content-type": "application/json",
    "user-agent": "Square Connect v2",
    "x-square-hmacsha256-signature": signature.digest("base64"),
  };
}
