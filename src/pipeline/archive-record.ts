import type { Attempt } from "../domain/event-state.ts";
import type { EventType } from "../domain/payment-event.ts";
import type { EventRecord } from "../ports/event-store.ts";

/** One event that was given up, as it is kept for good. */
export interface ArchiveRecord {
  /** `{source}:{provider event id}` */
  readonly eventId: string;
  readonly source: string;
  readonly provider: string;
  readonly type: EventType;
  /** RFC 3339 UTC. */
  readonly receivedAt: string;
  /** RFC 3339 UTC. */
  readonly deadAt: string;
  readonly attempts: readonly Attempt[];
  /** Of the body as it arrived, lower-case hex. */
  readonly bodySha256: string;
  /** The stored body; null when retention removed it. */
  readonly payload: Uint8Array | null;
}

const MAX_NAME_BYTES = 200;
const KEPT_NAME_BYTES = 150;

/** Where a dead event is archived, and as what. `sha256Hex` gives the lower-case hex SHA-256 of a text's UTF-8 bytes. */
export function archived(
  { event, attempts, bodySha256, deadAt }: EventRecord,
  payload: Uint8Array | null,
  sha256Hex: (text: string) => string,
): { readonly key: string; readonly content: string } {
  const record: ArchiveRecord = {
    eventId: event.eventId,
    source: event.source,
    provider: event.provider,
    type: event.type,
    receivedAt: event.receivedAt,
    deadAt: deadAt ?? event.receivedAt,
    attempts,
    bodySha256,
    payload,
  };
  return { key: archiveKey(record, sha256Hex), content: archiveContent(record) };
}

/**
 * `{source}/{yyyy}/{mm}/{dd}/{provider event id}.json`, the date being the receipt's in UTC. Every byte of the id outside
 * `[A-Za-z0-9._-]` is percent-encoded, a leading dot too; an encoded id over 200 bytes becomes its first 150, `-`, and
 * the first 32 hex digits of the id's SHA-256, which `sha256Hex` gives. Throws when the record is not one that the inbox
 * can have made.
 */
export function archiveKey(
  record: Pick<ArchiveRecord, "eventId" | "source" | "receivedAt">,
  sha256Hex: (text: string) => string,
): string {
  const { eventId, source } = record;
  if (!/^[a-z0-9-]{1,40}$/.test(source) || !eventId.startsWith(`${source}:`) || eventId.length === source.length + 1) {
    throw new Error("archive: the event id does not belong to the source");
  }
  return `${source}/${utcDate(record.receivedAt)}/${fileName(eventId.slice(source.length + 1), sha256Hex)}.json`;
}

/** The archived text, the same for the same record. The payload is the provider's own text inside it. */
export function archiveContent(record: ArchiveRecord): string {
  const { eventId, source, provider, type, receivedAt, deadAt, attempts, bodySha256 } = record;
  const known = JSON.stringify({ eventId, source, provider, type, receivedAt, deadAt, attempts, bodySha256 });
  return `${known.slice(0, -1)},"payload":${payloadOf(record.payload)}}\n`;
}

function utcDate(time: string): string {
  const at = Date.parse(time);
  const day = Number.isNaN(at) ? "" : new Date(at).toISOString().slice(0, 10);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new Error("archive: the time of receipt is not a time");
  return day.replaceAll("-", "/");
}

function fileName(providerEventId: string, sha256Hex: (text: string) => string): string {
  let name = "";
  for (const byte of encoder.encode(providerEventId)) {
    const char = String.fromCharCode(byte);
    const plain = /[A-Za-z0-9._-]/.test(char) && !(char === "." && name === "");
    name += plain ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  if (name.length <= MAX_NAME_BYTES) return name;
  return `${name.slice(0, KEPT_NAME_BYTES)}-${sha256Hex(providerEventId).slice(0, 32)}`;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

// The provider's own text, so that no amount is rewritten by passing through a float.
function payloadOf(payload: Uint8Array | null): string {
  if (payload === null) return "null";
  const text = decoder.decode(payload);
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}
