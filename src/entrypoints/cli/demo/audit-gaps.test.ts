import { expect, it } from "vitest";
import { GENESIS, linkHash } from "../../../adapters/embedded/sqlite/audit-chain.ts";
import type { AuditRecord } from "../../../ports/audit-log.ts";
import { findAuditGaps } from "./audit-gaps.ts";

it("finds nothing in a whole chain", () => {
  expect(findAuditGaps(chain(5))).toEqual([]);
});

it("finds where a record is missing, at the start too", () => {
  const records = chain(5);
  expect(findAuditGaps(records.toSpliced(2, 1))).toEqual([
    "audit record 4 follows 2",
    "audit record 4 does not continue the one before it",
  ]);
  expect(findAuditGaps(records.slice(1))[0]).toBe("audit record 2 follows 0");
});

it("finds a record that was changed", () => {
  const records = chain(5);
  const changed = { ...(records[2] as AuditRecord), outcome: "something else" };
  expect(findAuditGaps(records.toSpliced(2, 1, changed))).toEqual(["audit record 3 was changed"]);
});

function chain(length: number): AuditRecord[] {
  let hash: Uint8Array = GENESIS;
  return Array.from({ length }, (_, i) => {
    const fields = { actor: "stripe", action: "event.received", target: `stripe:evt_${i}`, outcome: "stored" };
    const at = Date.UTC(2026, 0, 2) + i;
    const prevHash = Buffer.from(hash).toString("hex");
    hash = linkHash(hash, { seq: i + 1, at, ...fields });
    const link = { prevHash, hash: Buffer.from(hash).toString("hex") };
    return { seq: i + 1, at: new Date(at).toISOString(), ...fields, ...link };
  });
}
