import type { EventRecord } from "../../ports/event-store.ts";

/**
 * An event as JSON text. The payload goes in as the text it is stored as, not parsed and written again, so that every
 * digit of an amount stays; a payload that is not JSON goes in as a string, a removed one as null.
 */
export function eventJson(record: EventRecord, payload: Uint8Array | null): string {
  const { event } = record;
  const fields = {
    eventId: event.eventId,
    source: event.source,
    provider: event.provider,
    providerEventId: event.providerEventId,
    type: event.type,
    providerType: event.providerType,
    kind: event.kind,
    transactionId: event.transactionId,
    status: record.status,
    effect: record.effect,
    statusFrom: record.statusFrom,
    statusTo: record.statusTo,
    reason: record.reason,
    receivedAt: event.receivedAt,
    occurredAt: event.occurredAt,
    processedAt: record.processedAt,
    deadAt: record.deadAt,
    amountMinor: event.amountMinor,
    currency: event.currency,
    refundId: event.refundId ?? null,
    disputeId: event.disputeId ?? null,
    attempts: record.attempts.map(({ n, startedAt, endedAt, outcome, error }) => ({
      n,
      startedAt,
      endedAt,
      outcome,
      error,
    })),
    copies: record.copies,
    bodySha256: record.bodySha256,
    bodyBytes: record.bodyBytes,
    redacted: record.redacted,
    headers: record.headers,
  };
  return `${JSON.stringify(fields).slice(0, -1)},"payload":${payload === null ? "null" : payloadJson(payload)}}`;
}

function payloadJson(payload: Uint8Array): string {
  const text = new TextDecoder().decode(payload);
  try {
    JSON.parse(text);
    return text.trim();
  } catch {
    return JSON.stringify(text);
  }
}
