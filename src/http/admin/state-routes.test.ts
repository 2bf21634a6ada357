import { expect, test } from "vitest";
import { adminApp, knownEvent } from "../../../test/http/admin-fixture.ts";

test("a transaction is shown with its state and its history, a list of them without", async () => {
  const { call } = adminApp();
  const state = {
    transactionId: "stripe:pi_1",
    provider: "stripe",
    status: "succeeded",
    amountMinor: "1999",
    refundedMinor: "0",
    currency: "EUR",
    updatedAt: "2026-01-01T00:00:02.000Z",
    lastEventAt: "2026-01-01T00:00:00.000Z",
  };

  expect(await (await call("/api/transactions?status=succeeded")).json()).toEqual({ items: [state], nextCursor: null });
  expect(await (await call("/api/transactions/stripe:pi_1")).json()).toEqual({
    ...state,
    history: [
      {
        eventId: "stripe:evt_1",
        type: "payment.succeeded",
        occurredAt: null,
        appliedAt: "2026-01-01T00:00:02.000Z",
        from: null,
        to: "succeeded",
        effect: "applied",
      },
    ],
  });
  expect((await call("/api/transactions/stripe:none")).status).toBe(404);
});

test("dead letters are the dead events", async () => {
  const { call } = adminApp([knownEvent("dead", { status: "dead", reason: "gave up" }), knownEvent("done")]);

  expect(await (await call("/api/dead-letters?source=stripe")).json()).toMatchObject({
    items: [{ eventId: "stripe:dead", status: "dead", reason: "gave up" }],
    nextCursor: null,
  });
});
