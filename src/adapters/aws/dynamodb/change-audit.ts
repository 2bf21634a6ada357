import type { AuditEntry } from "../../../ports/audit-log.ts";

/** A value as DynamoDB writes it in a stream record. */
interface StreamValue {
  readonly S?: string;
  readonly N?: string;
  readonly BOOL?: boolean;
}
type Image = Readonly<Record<string, StreamValue | undefined>>;

/** One change of an item: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html */
export interface StreamRecord {
  readonly eventID?: string;
  readonly eventName?: "INSERT" | "MODIFY" | "REMOVE";
  readonly dynamodb?: {
    readonly ApproximateCreationDateTime?: number;
    readonly Keys?: Image;
    readonly NewImage?: Image;
    readonly OldImage?: Image;
    readonly SequenceNumber?: string;
  };
  readonly userIdentity?: { readonly type?: string; readonly principalId?: string };
}

/** What an auditor reads of one change: who did what to which event, and how it ended. Never payload. */
export interface AuditedChange extends AuditEntry {
  /** The stream's sequence number: rising per item, without a gap that could be told. */
  readonly seq: string;
  readonly at: string;
  /** Names of the attributes that are not as they were. */
  readonly changed: readonly string[];
}

/** Reads a change of the events table. Null for one of an item that is no event, such as a probe. */
export function auditedChange(record: StreamRecord, partitionKey: string): AuditedChange | null {
  const { Keys, NewImage, OldImage, SequenceNumber = "", ApproximateCreationDateTime = 0 } = record.dynamodb ?? {};
  if ((NewImage ?? OldImage)?.provider === undefined && !isDeletion(record)) return null;
  const target = Keys?.[partitionKey]?.S ?? "unknown";
  const changed = NewImage && OldImage ? changedNames(OldImage, NewImage) : [];
  return {
    seq: SequenceNumber,
    at: new Date(ApproximateCreationDateTime * 1000).toISOString(),
    target,
    changed,
    ...judge(record, target, changed),
  };
}

/** Whether somebody, rather than the table's own expiry, took the item away. */
export function isDeletion(record: StreamRecord): boolean {
  return record.eventName === "REMOVE" && !isExpiry(record);
}

function isExpiry({ userIdentity }: StreamRecord): boolean {
  return userIdentity?.type === "Service" && userIdentity.principalId === "dynamodb.amazonaws.com";
}

function judge(
  record: StreamRecord,
  target: string,
  changed: readonly string[],
): Pick<AuditEntry, "actor" | "action" | "outcome"> {
  const source = target.split(":", 1)[0] as string;
  const before = record.dynamodb?.OldImage ?? {};
  const after = record.dynamodb?.NewImage ?? {};
  if (record.eventName === "INSERT") return { actor: source, action: "event.received", outcome: "stored" };
  if (record.eventName === "REMOVE") {
    const outcome = before.status?.S ?? "unknown";
    return isExpiry(record)
      ? { actor: "retention", action: "event.expired", outcome }
      : { actor: record.userIdentity?.principalId ?? "unknown", action: "event.deleted", outcome };
  }
  if (after.removed?.BOOL === true && before.removed === undefined) {
    return { actor: after.removed_by?.S ?? "unknown", action: "event.deleted", outcome: "removed" };
  }
  if (changed.includes("generation")) {
    const action = after.replaying?.BOOL === true ? "event.replayed" : "event.redriven";
    return { actor: after.asked_by?.S ?? "unknown", action, outcome: "queued" };
  }
  if (changed.includes("archive_key") && after.archive_key !== undefined) {
    return { actor: "archiver", action: "event.archived", outcome: after.archive_key.S ?? "" };
  }
  if (before.pending !== undefined && after.pending?.S !== before.pending.S) {
    return { actor: source, action: `event.${after.status?.S ?? "changed"}`, outcome: outcomeOf(after) };
  }
  if (changed.includes("copies")) return { actor: source, action: "event.duplicate", outcome: after.copies?.N ?? "" };
  if (changed.includes("tries"))
    return { actor: "processor", action: "event.attempted", outcome: after.tries?.N ?? "" };
  return { actor: "unknown", action: "event.changed", outcome: after.status?.S ?? "unknown" };
}

function outcomeOf(item: Image): string {
  switch (item.status?.S) {
    case "processed":
      return item.effect?.S ?? "none";
    case "quarantined":
      return item.reason?.S ?? "quarantined";
    default:
      return item.status?.S ?? "unknown";
  }
}

function changedNames(before: Image, after: Image): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])).sort();
}
