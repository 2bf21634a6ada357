/** What a sender gave. */
export interface MessageContent {
  readonly body: string;
  /** Message attributes as they came over the wire. */
  readonly attributes: Readonly<Record<string, object>>;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly traceHeader?: string;
}

/** A message in a queue. Times in epoch milliseconds. */
export interface StoredMessage {
  readonly id: string;
  readonly content: MessageContent;
  /** Null in a standard queue. */
  readonly sequenceNumber: string | null;
  readonly sentAt: number;
  /** From here the retention period counts. */
  readonly enqueuedAt: number;
  /** Null for a message that was never moved to this queue as a dead letter. */
  readonly deadLetterSourceArn: string | null;
  visibleAt: number;
  /** Receives in this queue, which the redrive policy counts. */
  receivesHere: number;
  /** Receives in all queues, which `ApproximateReceiveCount` says. */
  receives: number;
  firstReceivedAt: number | null;
  /** The receive whose handle counts; null when it was never received here. */
  latest: { readonly nonce: string; readonly at: number } | null;
}

export type MessageState = "visible" | "delayed" | "in flight";

export function stateOf({ visibleAt, latest }: StoredMessage, now: number): MessageState {
  if (visibleAt <= now) return "visible";
  return latest === null ? "delayed" : "in flight";
}
