import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { payloadDigest, readStoredOutcome, rowDigest, storedOutcome } from "./event-digest.ts";
import type { EventValues } from "./event-row.ts";

const event: EventValues = [
  ...(["shop", "generic", "evt_1", "payment.succeeded", "payment.succeeded", "shop:pay_1"] as const),
  ...(["2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.000Z", "1999", "EUR", null, null, null] as const),
];
const body = { sha256: "ab".repeat(32), bytes: 120, redacted: false };
const payload = Buffer.from("payload");

describe("the digest of an event", () => {
  it("is another one when any value is another one, or moves into the next column", () => {
    const text = fc.option(fc.string({ maxLength: 4, unit: fc.constantFrom("1", ":", "-", "a", "\u{1f511}") }));
    const values = fc.tuple(...event.map(() => text)).map((tuple) => tuple as unknown as EventValues);
    fc.assert(
      fc.property(values, values, (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        expect(rowDigest(1, a, body)).not.toBe(rowDigest(1, b, body));
      }),
    );
  });

  it("covers the number, the body's digest and length, and whether it was redacted", () => {
    const digests = [
      rowDigest(1, event, body),
      rowDigest(2, event, body),
      rowDigest(1, event, { ...body, sha256: "ac".repeat(32) }),
      rowDigest(1, event, { ...body, bytes: 121 }),
      rowDigest(1, event, { ...body, redacted: true }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it("is read back from the audit record, with the payload's own where something was redacted", () => {
    expect(readStoredOutcome(storedOutcome(1, event, body, payload))).toEqual({
      row: rowDigest(1, event, body),
      payload: null,
    });
    const redacted = { ...body, redacted: true };
    expect(readStoredOutcome(storedOutcome(1, event, redacted, payload))).toEqual({
      row: rowDigest(1, event, redacted),
      payload: payloadDigest(payload),
    });
    expect(readStoredOutcome("stored")).toBeNull();
  });
});
