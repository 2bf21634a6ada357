import type { SampleRequest } from "../../../src/providers/samples/sampler.ts";

/** What the provider sends, and when the queue is worked off in between. */
export type Step =
  | { readonly kind: "deliver"; readonly event: SampleRequest & { readonly eventId: string } }
  | { readonly kind: "process" };

/** When everything happened, by the provider: the same in every run, so that the outcomes can be compared. */
const HAPPENED_AT = Date.now() - 3_600_000;

const PAYMENT = event("payment.succeeded", "evt_payment");
const FIRST_REFUND = event("refund.succeeded", "evt_refund_1", { amountMinor: 1_500n, refundId: "re_1" }, 60_000);
const SECOND_REFUND = event("refund.succeeded", "evt_refund_2", { amountMinor: 700n, refundId: "re_2" }, 120_000);

export const ONE_PAYMENT: readonly Step[] = [{ kind: "deliver", event: PAYMENT }, { kind: "process" }];

/** One payment, its duplicate while it waits, and two refunds at once. */
export const PAYMENT_LIFE: readonly Step[] = [
  { kind: "deliver", event: PAYMENT },
  { kind: "deliver", event: PAYMENT },
  { kind: "process" },
  { kind: "deliver", event: FIRST_REFUND },
  { kind: "deliver", event: SECOND_REFUND },
  { kind: "process" },
];

/** A handler gives up the first event at once; the second belongs to the same payment. */
export const POISONED_LIFE = behind(event("payment.authorized", "evt_permanent"));
/** A handler refuses the first event every time. */
export const THROWING_LIFE = behind(event("payment.authorized", "evt_throws"));
/** A handler ends its process at the first event every time, while it is busy with another payment. */
export const EXITING_LIFE: readonly Step[] = [
  { kind: "deliver", event: event("payment.succeeded", "evt_slow", {}, 0, "pi_2") },
  { kind: "deliver", event: event("payment.succeeded", "evt_beside", {}, 0, "pi_3") },
  ...behind(event("payment.authorized", "evt_exits")),
];

export const HANDLER = `const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export async function onEvent({ providerEventId }) {
  switch (providerEventId) {
    case "evt_permanent":
      throw Object.assign(new Error("never"), { permanent: true });
    case "evt_throws":
      throw new Error("not now");
    case "evt_exits":
      await pause(100);
      return process.exit(1);
    case "evt_slow":
      await pause(250);
  }
}
`;

export function eventIdsOf(script: readonly Step[], source: string): readonly string[] {
  const ids = script.flatMap((step) => (step.kind === "deliver" ? [`${source}:${step.event.eventId}`] : []));
  return [...new Set(ids)];
}

type Event = Extract<Step, { kind: "deliver" }>["event"];

function event(
  type: string,
  eventId: string,
  facts: Partial<Pick<SampleRequest, "amountMinor" | "refundId">> = {},
  laterMs = 0,
  paymentId = "pi_1",
): Event {
  const occurredAt = HAPPENED_AT + laterMs;
  return { type, eventId, paymentId, currency: "EUR", amountMinor: 5_000n, occurredAt, ...facts };
}

function behind(poison: Event): readonly Step[] {
  return [
    { kind: "deliver", event: poison },
    { kind: "deliver", event: event("payment.succeeded", "evt_after", {}, 60_000) },
    { kind: "process" },
  ];
}
