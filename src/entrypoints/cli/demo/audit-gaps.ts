import { GENESIS, linkHash } from "../../../adapters/embedded/sqlite/audit-chain.ts";
import type { AuditRecord } from "../../../ports/audit-log.ts";

/** Where a whole audit chain is not as it was written: a sentence for each place. */
export function findAuditGaps(records: readonly AuditRecord[]): readonly string[] {
  let seq = 0;
  let hash = toHex(GENESIS);
  const gaps: string[] = [];
  for (const record of records) {
    if (record.seq !== seq + 1) gaps.push(`audit record ${record.seq} follows ${seq}`);
    if (record.prevHash !== hash) gaps.push(`audit record ${record.seq} does not continue the one before it`);
    const linked = linkHash(Buffer.from(record.prevHash, "hex"), { ...record, at: Date.parse(record.at) });
    if (toHex(linked) !== record.hash) gaps.push(`audit record ${record.seq} was changed`);
    seq = record.seq;
    hash = record.hash;
  }
  return gaps;
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
