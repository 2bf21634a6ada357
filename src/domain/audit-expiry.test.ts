import { describe, expect, it } from "vitest";
import { expiryOutcome, readExpiry } from "./audit-expiry.ts";

describe("the outcome of an audit.expired record", () => {
  it("is read back as it was written", () => {
    const expiry = { before: 1234, link: "0123456789abcdef".repeat(4) };
    expect(readExpiry(expiryOutcome(expiry))).toEqual(expiry);
  });

  it("is nothing that any other text could be", () => {
    for (const text of [
      "",
      "stored",
      "before 5",
      `before x after ${"a".repeat(64)}`,
      `before 5 after ${"A".repeat(64)}`,
    ]) {
      expect(readExpiry(text)).toBeNull();
    }
  });
});
