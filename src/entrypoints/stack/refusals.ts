import type { AdminOperations } from "../../http/admin/operations.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Rejection } from "../../ports/metrics.ts";
import type { FilterLogEvents } from "./aws-reads.ts";
import { readLogLines } from "./log-lines.ts";
import { StackError } from "./stack-fault.ts";
import type { StackNames } from "./stack-names.ts";

const REFUSED_LINES = '{ $.message = "refused" }';
/** How far back is looked: the newest lines are found at once, and the rest of a quiet group need not be read. */
const WINDOW_MS = 14 * 24 * 3_600_000;

/** What the receiver refused in the last two weeks, from its log. The log has no addresses, so neither has this. */
export function openRefusals(
  logs: FilterLogEvents,
  { stack, receiverLogGroup }: Pick<StackNames, "stack" | "receiverLogGroup">,
  clock: Pick<Clock, "now">,
): AdminOperations["rejections"] {
  return async (limit) => {
    if (receiverLogGroup === null) {
      throw new StackError(
        "not_there",
        `the stack ${stack} names no receiver log: it has no output ReceiverLogGroupName`,
      );
    }
    const found: Rejection[] = [];
    for await (const { value } of readLogLines(logs, {
      group: receiverLogGroup,
      pattern: REFUSED_LINES,
      from: clock.now() - WINDOW_MS,
      order: "newest_first",
      pageSize: limit,
    })) {
      const rejection = rejectionIn(value);
      if (rejection === null) continue;
      found.push(rejection);
      if (found.length === limit) break;
    }
    return found;
  };
}

function rejectionIn(value: unknown): Rejection | null {
  const line = (value ?? {}) as Partial<Rejection>;
  const { at, source, requestId, status, code, reason, bodyBytes = null } = line;
  if (at === undefined || source === undefined || requestId === undefined) return null;
  if (status === undefined || code === undefined || reason === undefined) return null;
  return { at, source, requestId, status, code, reason, remoteAddress: null, bodyBytes };
}
