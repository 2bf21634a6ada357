import type { AwsCall } from "../../support/aws/aws-call.ts";
import type { StackNames } from "../../support/aws/stack.ts";

/** What AWS charges for some calls. */
export interface Bill {
  /** Requests by operation, for example `sqs SendMessage`. */
  readonly requests: Readonly<Record<string, number>>;
  /** DynamoDB units by table, and by index where one was written or read. */
  readonly units: Readonly<Record<string, number>>;
}

export function billOf(calls: readonly AwsCall[], { eventsTable }: StackNames): Bill {
  const requests: Record<string, number> = {};
  const units: Record<string, number> = {};
  for (const { service, operation, capacity } of calls) {
    add(requests, `${service} ${operation}`, 1);
    for (const { table, kind, units: own, indexes } of capacity) {
      const name = table === eventsTable ? "events" : "ledger";
      if (own > 0) add(units, `${name} ${kind}`, own);
      for (const [index, charged] of Object.entries(indexes)) add(units, `${index} ${kind}`, charged);
    }
  }
  return { requests, units };
}

function add(to: Record<string, number>, name: string, count: number): void {
  to[name] = (to[name] ?? 0) + count;
}
