import { describe, expect, it } from "vitest";
import { compare, type Found, type FoundEvent, type FoundTransaction, type Sent } from "./compare.ts";

const EVENT = { transactionId: "stripe:pi_1", amountMinor: "1999", currency: "EUR" } as const;
const PAID = { eventId: "stripe:evt_paid", type: "payment.succeeded", ...EVENT } as const;
const REFUND = { eventId: "stripe:evt_refund", type: "refund.succeeded", ...EVENT, amountMinor: "500" } as const;
const FORGED = "stripe:evt_forged";

const SENT: Sent = {
  events: new Map([PAID, REFUND].map((event) => [event.eventId, { ...event, acknowledged: 2, sent: 3 }])),
  payments: new Map([
    [
      "stripe:pi_1",
      {
        transactionId: "stripe:pi_1",
        status: "partially_refunded",
        amountMinor: "1999",
        refundedMinor: "500",
        currency: "EUR",
        eventIds: [PAID.eventId, REFUND.eventId],
      },
    ],
  ]),
  forged: new Map([[FORGED, { acknowledged: 0 }]]),
};

const paid: FoundEvent = { ...PAID, status: "processed", copies: 2 };
const refund: FoundEvent = { ...REFUND, status: "processed", copies: 3 };
const transaction: FoundTransaction = {
  transactionId: "stripe:pi_1",
  status: "partially_refunded",
  amountMinor: "1999",
  refundedMinor: "500",
  currency: "EUR",
  history: [{ eventId: PAID.eventId }, { eventId: REFUND.eventId }],
};
const receipt = ({ eventId }: { readonly eventId: string }) => ({ action: "event.received", target: eventId });
const RIGHT: Found = {
  events: [paid, refund],
  transactions: [transaction],
  audit: [receipt(PAID), receipt(REFUND), { action: "event.duplicate", target: PAID.eventId }],
};

const kinds = (sent: Sent, found: Partial<Found>) =>
  compare(sent, { ...RIGHT, ...found }).map(({ kind, id }) => `${kind} ${id}`);
const of = (found: Partial<Found>) => kinds(SENT, found);

describe("comparing what was sent with what is there", () => {
  it("finds nothing where everything is as it has to be", () => {
    expect(compare(SENT, RIGHT)).toEqual([]);
  });

  it("tells of an acknowledged event that is not there", () => {
    expect(of({ events: [paid] })).toEqual([`lost ${REFUND.eventId}`]);
  });

  it("tells of an event that its transaction or the audit does not know", () => {
    expect(of({ transactions: [{ ...transaction, history: [{ eventId: PAID.eventId }] }] })).toEqual([
      `lost ${REFUND.eventId}`,
    ]);
    expect(of({ audit: [receipt(PAID)] })).toEqual([`lost ${REFUND.eventId}`]);
  });

  it("tells of a transaction that is not there", () => {
    expect(of({ transactions: [] })).toEqual(["lost stripe:pi_1"]);
  });

  it("tells of an event that is there twice, was received twice or was applied twice", () => {
    expect(of({ events: [paid, refund, refund] })).toEqual([`doubled ${REFUND.eventId}`]);
    expect(of({ audit: [...RIGHT.audit, receipt(PAID)] })).toEqual([`doubled ${PAID.eventId}`]);
    const history = [...transaction.history, { eventId: REFUND.eventId }];
    expect(of({ transactions: [{ ...transaction, history }] })).toEqual([`doubled ${REFUND.eventId}`]);
  });

  it("tells of a transaction that is there twice", () => {
    expect(of({ transactions: [transaction, transaction] })).toEqual(["doubled stripe:pi_1"]);
  });

  it("tells of a forged event that is stored, applied, audited or was acknowledged", () => {
    const forged: FoundEvent = { ...paid, eventId: FORGED };
    expect(of({ events: [paid, refund, forged] })).toEqual([`forged_in ${FORGED}`]);
    const history = [...transaction.history, { eventId: FORGED }];
    expect(of({ transactions: [{ ...transaction, history }] })).toEqual([`forged_in ${FORGED}`]);
    expect(of({ audit: [...RIGHT.audit, receipt({ eventId: FORGED })] })).toEqual([`forged_in ${FORGED}`]);
    expect(kinds({ ...SENT, forged: new Map([[FORGED, { acknowledged: 1 }]]) }, {})).toEqual([`forged_in ${FORGED}`]);
  });

  it("tells of what nobody sent", () => {
    expect(of({ events: [paid, refund, { ...paid, eventId: "stripe:evt_9" }] })).toEqual(["unknown stripe:evt_9"]);
    const other = { ...transaction, transactionId: "stripe:pi_9", history: [] };
    expect(of({ transactions: [transaction, other] })).toEqual(["unknown stripe:pi_9"]);
  });

  it.each([
    ["status", "succeeded"],
    ["amountMinor", "3998"],
    ["refundedMinor", "1000"],
    ["currency", "USD"],
  ])("tells of a transaction whose %s is wrong, with both values", (name, value) => {
    const found = { ...RIGHT, transactions: [{ ...transaction, [name]: value }] };
    expect(compare(SENT, found)).toEqual([
      { kind: "wrong_state", id: "stripe:pi_1", detail: expect.stringContaining(`${name} is ${value}, not `) },
    ]);
  });

  it.each([
    ["status", "received"],
    ["type", "payment.failed"],
    ["amountMinor", "9999"],
    ["transactionId", "stripe:pi_9"],
  ])("tells of an event whose %s is wrong", (name, value) => {
    expect(of({ events: [{ ...paid, [name]: value }, refund] })).toEqual([`wrong_event ${PAID.eventId}`]);
  });

  it("tells of copies that were counted less often than acknowledged or more often than sent", () => {
    for (const copies of [1, 4]) {
      expect(of({ events: [{ ...paid, copies }, refund] })).toEqual([`wrong_event ${PAID.eventId}`]);
    }
  });

  it("does not take an event for kept that was never acknowledged", () => {
    const events = new Map([...SENT.events, [REFUND.eventId, { ...REFUND, acknowledged: 0, sent: 60 }]] as const);
    expect(kinds({ ...SENT, events }, {})).toEqual([`not_acknowledged ${REFUND.eventId}`]);
  });
});
