import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { EventStatus } from "../../../domain/event-state.ts";
import { type EventType, kindOf, type PaymentEvent, type QuarantineReason } from "../../../domain/payment-event.ts";
import type { Effect, TransactionStatus } from "../../../domain/transaction.ts";
import type { EventRecord, StorableDelivery } from "../../../ports/event-store.ts";
import type { Item } from "../calls/aws-calls.ts";
import type { QueueMessage } from "../sqs/queue-sender.ts";
import { readAttempts } from "./event-attempts.ts";
import type { StoredEvent } from "./event-items.ts";
import { keyOf, type TableKey } from "./event-key.ts";
import { decodePayload, encodePayload } from "./payload-codec.ts";
import { isWaiting, shardOf } from "./pending-index.ts";

/**
 * An event that was received now, as an item. `mark` is random: by it a write that is repeated knows its own work.
 * Every change of a name or of a form here has to be read with what older versions wrote.
 */
export function newEventItem(
  key: TableKey,
  event: PaymentEvent,
  delivery: StorableDelivery,
  { mark, retentionMs }: { readonly mark: string; readonly retentionMs: number },
): Item {
  const { encoding, bytes } = encodePayload(delivery.payload, delivery.headers);
  return {
    ...keyOf(key, event),
    ...eventAttributes(event),
    status: { S: "received" satisfies EventStatus },
    pending: { S: shardOf(event.eventId) },
    expiry_time: { N: String(Math.ceil((Date.parse(event.receivedAt) + retentionMs) / 1000)) },
    payload: { B: bytes },
    payload_encoding: { S: encoding },
    body_sha256: { B: Buffer.from(delivery.bodySha256, "hex") },
    body_bytes: { N: String(delivery.bodyBytes) },
    delivery: { S: mark },
    ...(delivery.redacted ? { redacted: { BOOL: true } } : {}),
  };
}

function eventAttributes(event: PaymentEvent): Item {
  const texts: Record<string, string | null | undefined> = {
    provider: event.provider,
    type: event.type,
    provider_type: event.providerType,
    transaction_id: event.transactionId,
    received_at: event.receivedAt,
    occurred_at: event.occurredAt,
    amount_minor: event.amountMinor,
    currency: event.currency,
    refund_id: event.refundId,
    dispute_id: event.disputeId,
    quarantine: event.quarantine,
  };
  const given = Object.entries(texts).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(given.map(([name, text]) => [name, { S: text }]));
}

/**
 * The event with every half of a surrogate pair replaced: such text has no UTF-8, and would not come back as it went in.
 * Ids of events cannot hold one.
 */
export function storableEvent(event: PaymentEvent): PaymentEvent {
  const { refundId, disputeId } = event;
  return {
    ...event,
    providerType: wellFormed(event.providerType),
    transactionId: event.transactionId === null ? null : wellFormed(event.transactionId),
    ...(refundId === undefined ? {} : { refundId: wellFormed(refundId) }),
    ...(disputeId === undefined ? {} : { disputeId: wellFormed(disputeId) }),
  };
}

function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, "\ufffd");
}

export function eventIn(key: TableKey, item: Item): PaymentEvent {
  const eventId = text(item[key.partition]) ?? "";
  const colon = eventId.indexOf(":");
  const type = text(item.type) as EventType;
  const [refundId, disputeId, quarantine] = [item.refund_id, item.dispute_id, item.quarantine].map(text);
  return {
    eventId,
    source: eventId.slice(0, colon),
    provider: text(item.provider) ?? "",
    providerEventId: eventId.slice(colon + 1),
    providerType: text(item.provider_type) ?? "",
    type,
    kind: kindOf(type),
    transactionId: text(item.transaction_id),
    receivedAt: text(item.received_at) ?? "",
    occurredAt: text(item.occurred_at),
    amountMinor: text(item.amount_minor),
    currency: text(item.currency),
    ...(typeof refundId === "string" ? { refundId } : {}),
    ...(typeof disputeId === "string" ? { disputeId } : {}),
    ...(typeof quarantine === "string" ? { quarantine: quarantine as QuarantineReason } : {}),
  };
}

/** Everything known of an event. Rejects a damaged payload with a `StoreError`. */
export function storedEventIn(key: TableKey, item: Item): StoredEvent {
  const waiting = isWaiting(item);
  return {
    record: recordIn(key, item, waiting),
    waiting,
    tries: number(item.tries) ?? 0,
    generation: number(item.generation) ?? 0,
    replaying: item.replaying?.BOOL === true,
    archiveKey: text(item.archive_key),
  };
}

function recordIn(key: TableKey, item: Item, waiting: boolean): EventRecord {
  const payload = item.payload?.B;
  const status = text(item.status) as EventStatus;
  const processedAt = text(item.processed_at);
  return {
    event: eventIn(key, item),
    status,
    processedAt: status === "processed" ? processedAt : null,
    deadAt: status === "dead" ? text(item.dead_at) : null,
    effect: text(item.effect) as Effect | null,
    statusFrom: text(item.status_from) as TransactionStatus | null,
    statusTo: text(item.status_to) as TransactionStatus | null,
    reason: text(item.reason),
    attempts: attemptsIn(item, waiting),
    copies: number(item.copies) ?? 1,
    bodySha256: Buffer.from(item.body_sha256?.B ?? []).toString("hex"),
    bodyBytes: number(item.body_bytes) ?? 0,
    redacted: item.redacted?.BOOL === true,
    headers: payload === undefined ? {} : decodePayload(text(item.payload_encoding) ?? undefined, payload).headers,
    hasPayload: payload !== undefined,
  };
}

/** An event that was processed without a handler was not attempted anywhere else: its processing is the attempt. */
function attemptsIn(item: Item, waiting: boolean): EventRecord["attempts"] {
  const kept = readAttempts(item.attempts, waiting);
  const [startedAt, endedAt] = [number(item.started_at), text(item.processed_at)];
  if (kept.length > 0 || startedAt === null || item.status?.S !== "processed") return kept;
  return [{ n: 1, startedAt: new Date(startedAt).toISOString(), endedAt, outcome: "succeeded", error: null }];
}

/** What has to be on the queue while the event waits. */
export function messageIn(key: TableKey, item: Item): QueueMessage {
  const replay = item.replaying?.BOOL === true;
  return { event: eventIn(key, item), generation: number(item.generation) ?? 0, replay };
}

/** A removed event is known and no longer shown; one whose time is over may still be there for days. */
export function isGone(item: Item, now: number): boolean {
  const expiry = number(item.expiry_time);
  return item.removed?.BOOL === true || (expiry !== null && expiry * 1000 <= now);
}

function text(value: AttributeValue | undefined): string | null {
  return value?.S ?? null;
}

function number(value: AttributeValue | undefined): number | null {
  return value?.N === undefined ? null : Number(value.N);
}
