import type { AuditedChange } from "../../adapters/aws/dynamodb/change-audit.ts";
import type { AdminOperations, AuditItem } from "../../http/admin/operations.ts";
import type { FilterLogEvents } from "./aws-reads.ts";
import { readLogLines } from "./log-lines.ts";
import { StackError } from "./stack-fault.ts";
import type { StackNames } from "./stack-names.ts";

/** So many lines can have the same millisecond: a hundred functions could not write more. */
const PER_MS = 1000;
const AUDIT_LINES = '{ $.audit.action = "*" }';

/**
 * The audit of a stack: the lines that the auditor writes, in the order of their writing. They are no chain, so there is
 * no hash; `seq` is a line's time in milliseconds, followed by three digits that count the lines of that millisecond.
 */
export function openAuditLog(
  logs: FilterLogEvents,
  { stack, auditLogGroup }: Pick<StackNames, "stack" | "auditLogGroup">,
): AdminOperations["audit"] {
  return async (after, limit) => {
    if (auditLogGroup === null) {
      throw new StackError("not_there", `the stack ${stack} names no audit log: it has no output AuditLogGroupName`);
    }
    const items: AuditItem[] = [];
    const known = after % PER_MS;
    let previous = { timestamp: -1, place: 0 };
    for await (const { timestamp, value } of readLogLines(logs, {
      group: auditLogGroup,
      pattern: AUDIT_LINES,
      from: Math.floor(after / PER_MS),
      order: "oldest_first",
      pageSize: limit + known + 1,
    })) {
      const place = timestamp === previous.timestamp ? previous.place + 1 : 0;
      previous = { timestamp, place };
      if (place >= PER_MS) throw new Error(`More than ${PER_MS} audit lines have the same millisecond.`);
      const change = changeIn(value);
      const seq = timestamp * PER_MS + place;
      if (change === null || seq <= after) continue;
      items.push(itemOf(change, seq));
      if (items.length === limit) break;
    }
    return items;
  };
}

function itemOf({ at, actor, action, target, outcome, changed }: AuditedChange, seq: number): AuditItem {
  return { seq, at, actor, action, target, outcome, prevHash: null, hash: null, changed };
}

function changeIn(value: unknown): AuditedChange | null {
  const { audit } = (value ?? {}) as { readonly audit?: AuditedChange };
  return typeof audit?.action === "string" && typeof audit.target === "string" ? audit : null;
}
