import type { TableKey } from "../../adapters/aws/dynamodb/event-key.ts";
import { VARIABLES } from "../../adapters/aws/environment.ts";
import { eventsKeyOf } from "../lambda/events-key.ts";
import type { DescribeStack } from "./aws-reads.ts";
import { StackError } from "./stack-fault.ts";

/** What of a stack the admin API needs, by its physical names. */
export interface StackNames {
  readonly stack: string;
  readonly eventsTable: string;
  readonly eventsKey: TableKey;
  readonly transactionsTable: string;
  /** Null where one item per payment is all there is. */
  readonly transactionsSortKey: string | null;
  readonly queueUrl: string;
  /** Null for a stack without an archive. */
  readonly archiveBucket: string | null;
  /** Null for a stack without alerts. */
  readonly alertsTopicArn: string | null;
  /** Null where the stack names none. */
  readonly auditLogGroup: string | null;
  readonly receiverLogGroup: string | null;
}

/** Reads the stack's outputs. Throws a `StackError` when there is no such stack or it is none of ours. */
export async function readStackNames(describe: DescribeStack, stack: string): Promise<StackNames> {
  const outputs = await outputsOf(describe, stack);
  const required = (name: string): string => {
    const value = outputs.get(name);
    if (value !== undefined) return value;
    throw new StackError("not_ours", `the stack ${stack} has no output ${name}: it is not a Strongroom deployment`);
  };
  const suffix = outputs.get("EnvironmentSuffix");
  const logGroup = (output: string, name: string): string | null =>
    outputs.get(output) ?? (suffix === undefined ? null : `/aws/lambda/${name}-${suffix}`);
  return {
    stack,
    eventsTable: required("EventsTableName"),
    eventsKey: eventsKeyOf({ [VARIABLES.eventsKey]: outputs.get("EventsTableKey") }),
    transactionsTable: required("TransactionsTableName"),
    transactionsSortKey: outputs.get("TransactionsTableSortKey") ?? null,
    queueUrl: required("QueueUrl"),
    archiveBucket: outputs.get("ArchiveBucketName") ?? null,
    alertsTopicArn: outputs.get("AlertsTopicArn") ?? null,
    auditLogGroup: logGroup("AuditLogGroupName", "webhook-audit"),
    receiverLogGroup: logGroup("ReceiverLogGroupName", "webhook-receiver"),
  };
}

async function outputsOf(describe: DescribeStack, stack: string): Promise<ReadonlyMap<string, string>> {
  try {
    const { Stacks: [found] = [] } = await describe(stack);
    const outputs = found?.Outputs ?? [];
    return new Map(outputs.map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]));
  } catch (error) {
    // CloudFormation has one error for both, and tells them apart by its words.
    if (error instanceof Error && /^Validation(Error|Exception)$/.test(error.name)) {
      throw new StackError("no_stack", `there is no stack ${stack} in this account and region`, { cause: error });
    }
    throw error;
  }
}
