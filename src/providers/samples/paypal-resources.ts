import { formatMajor } from "../../domain/money.ts";
import { derivedId, randomId } from "./made-up-ids.ts";
import type { SampleRequest } from "./sampler.ts";

export interface PaypalFacts {
  readonly payment: string;
  readonly refund: string;
  readonly dispute: string;
  readonly order: string;
  /** Major units. */
  readonly value: string;
  readonly currency: string;
  /** RFC 3339 UTC, whole seconds. */
  readonly at: string;
}

export type ResourceName = "authorization" | "capture" | "refund" | "sale" | "saleRefund" | "dispute";

/** Everything that a sample is about; ids that were not asked for are made up. */
export function paypalFacts(request: SampleRequest): PaypalFacts {
  const payment = request.paymentId ?? newId();
  return {
    payment,
    refund: request.refundId ?? newId(),
    dispute: request.disputeId ?? `PP-D-${randomId(5).toUpperCase()}`,
    order: derivedId(`${payment} order`, 17).toUpperCase(),
    value: formatMajor(request.amountMinor, request.currency),
    currency: request.currency,
    at: `${new Date(request.occurredAt).toISOString().slice(0, 19)}Z`,
  };
}

interface Resource {
  /** `resource_type` */
  readonly type: string;
  /** `resource_version`; null for a v1 resource, which has none. */
  readonly version: "2.0" | null;
  /** `state`: of the resource, or a dispute's outcome. */
  readonly write: (facts: PaypalFacts, state: string) => Readonly<Record<string, unknown>>;
}

export const RESOURCES: Readonly<Record<ResourceName, Resource>> = {
  authorization: {
    type: "authorization",
    version: "2.0",
    write: (facts, status) => ({
      id: facts.payment,
      status,
      amount: money(facts),
      supplementary_data: related(facts),
      ...times(facts),
      links: [link(`payments/authorizations/${facts.payment}`, "self"), link(`checkout/orders/${facts.order}`, "up")],
    }),
  },
  capture: {
    type: "capture",
    version: "2.0",
    write: (facts, status) => ({
      id: facts.payment,
      amount: money(facts),
      final_capture: true,
      seller_protection: { status: "ELIGIBLE", dispute_categories: ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"] },
      disbursement_mode: "INSTANT",
      seller_receivable_breakdown: { gross_amount: money(facts), net_amount: money(facts) },
      status,
      ...(status === "PENDING" ? { status_details: { reason: "ECHECK" } } : {}),
      supplementary_data: related(facts),
      ...times(facts),
      links: [link(`payments/captures/${facts.payment}`, "self"), link(`checkout/orders/${facts.order}`, "up")],
    }),
  },
  refund: {
    type: "refund",
    version: "2.0",
    write: (facts, status) => ({
      id: facts.refund,
      amount: money(facts),
      seller_payable_breakdown: { gross_amount: money(facts), net_amount: money(facts) },
      status,
      ...times(facts),
      links: [link(`payments/refunds/${facts.refund}`, "self"), link(`payments/captures/${facts.payment}`, "up")],
    }),
  },
  sale: {
    type: "sale",
    version: null,
    write: (facts, state) => ({
      id: facts.payment,
      ...times(facts),
      amount: { total: facts.value, currency: facts.currency },
      payment_mode: "INSTANT_TRANSFER",
      state,
      protection_eligibility: "ELIGIBLE",
      parent_payment: `PAY-${facts.order}`,
    }),
  },
  saleRefund: {
    type: "sale",
    version: null,
    write: (facts, state) => ({
      id: facts.refund,
      ...times(facts),
      state,
      // A v1 refund is negative.
      amount: { total: `-${facts.value}`, currency: facts.currency },
      sale_id: facts.payment,
      parent_payment: `PAY-${facts.order}`,
    }),
  },
  dispute: {
    type: "dispute",
    version: null,
    write: (facts, outcome) => ({
      dispute_id: facts.dispute,
      ...times(facts),
      disputed_transactions: [
        { seller_transaction_id: facts.payment, seller: { name: "Example Shop" }, seller_protection_eligible: true },
      ],
      reason: "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
      status: outcome === "" ? "OPEN" : "RESOLVED",
      dispute_amount: money(facts),
      ...(outcome === "" ? {} : { dispute_outcome: { outcome_code: outcome, amount_refunded: money(facts) } }),
      dispute_life_cycle_stage: "CHARGEBACK",
      dispute_channel: "INTERNAL",
    }),
  },
};

function newId(): string {
  return randomId(17).toUpperCase();
}

function money({ currency, value }: PaypalFacts) {
  return { currency_code: currency, value };
}

function related({ order }: PaypalFacts) {
  return { related_ids: { order_id: order } };
}

function times({ at }: PaypalFacts) {
  return { create_time: at, update_time: at };
}

function link(path: string, rel: string) {
  return { href: `https://api.sandbox.paypal.com/v2/${path}`, rel, method: "GET" };
}
