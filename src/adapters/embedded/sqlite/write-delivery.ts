import type { StorableDelivery, StoredCopy, StoreOutcome } from "../../../ports/event-store.ts";
import type { AuditChain } from "./audit-chain.ts";
import { EVENT_COLUMNS, eventValues } from "./event-row.ts";
import { probe } from "./keys.ts";
import type { Database } from "./sqlite-driver.ts";
import type { Unit } from "./unit.ts";

export interface DeliveryWriter {
  /** Keeps the delivery's events and their queue rows, or counts a copy of each that is known. */
  store(unit: Unit, delivery: StorableDelivery, at: number): StoreOutcome;
}

export function openDeliveryWriter(db: Database, audit: AuditChain, onQueued: (count: number) => void): DeliveryWriter {
  const findKey = db.prepare("SELECT seq FROM event_keys WHERE key = ?");
  const insertKey = db.prepare("INSERT INTO event_keys (key, seq) VALUES (?, ?)");
  const findEvent = db.prepare("SELECT source, provider_event_id, body_sha256 FROM events WHERE seq = ?");
  const insertEvent = db.prepare(
    `INSERT INTO events (${EVENT_COLUMNS}, body_sha256, body_bytes, redacted, headers)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertPayload = db.prepare("INSERT INTO payloads (seq, body) VALUES (?, ?)");
  const insertQueue = db.prepare("INSERT INTO queue (seq) VALUES (?)");
  const countCopy = db.prepare(
    `INSERT INTO copies (seq, count, last_at) VALUES (?, 2, ?)
     ON CONFLICT (seq) DO UPDATE SET count = count + 1, last_at = excluded.last_at`,
  );
  const findBinding = db.prepare("SELECT body_sha256 FROM bindings WHERE id = ?");
  const insertBinding = db.prepare("INSERT INTO bindings (id, body_sha256) VALUES (?, ?)");
  // Numbers are never given twice, even when the newest event is deleted: the queue's reader goes by them.
  const { seq: newest } = db.prepare("SELECT max(seq) AS seq FROM events").get() as { seq: number | null };
  let lastSeq = newest ?? 0;

  return {
    store(unit, delivery, at) {
      const sha256 = Buffer.from(delivery.bodySha256, "hex");
      if (delivery.boundTo !== undefined) {
        const bound = findBinding.get(delivery.boundTo) as { body_sha256: Uint8Array } | undefined;
        if (bound !== undefined && !sha256.equals(bound.body_sha256)) return { kind: "bound_to_another_body" };
        if (bound === undefined) insertBinding.run(delivery.boundTo, sha256);
      }
      return { kind: "stored", copies: delivery.events.map((event) => storeEvent(unit, delivery, event, sha256, at)) };
    },
  };

  function storeEvent(
    unit: Unit,
    delivery: StorableDelivery,
    event: StorableDelivery["events"][number],
    sha256: Buffer,
    at: number,
  ): StoredCopy {
    const { key, found: known } = probe(event.eventId, (candidate) => lookUp(event, candidate));
    if (known !== null) {
      const sameBody = sha256.equals(known.body_sha256);
      countCopy.run(known.seq, at);
      const action = sameBody ? "event.duplicate" : "event.conflict";
      audit.append(unit, at, { actor: event.source, action, target: event.eventId, outcome: "acknowledged" });
      return { eventId: event.eventId, duplicate: true, sameBody, queued: true };
    }
    const before = lastSeq;
    unit.onRollback(() => {
      lastSeq = before;
    });
    const seq = ++lastSeq;
    insertKey.run(key, seq);
    insertEvent.run(
      ...eventValues(seq, event),
      sha256,
      delivery.bodyBytes,
      delivery.redacted ? 1 : 0,
      JSON.stringify(delivery.headers),
    );
    insertPayload.run(seq, delivery.payload);
    insertQueue.run(seq);
    audit.append(unit, at, { actor: event.source, action: "event.received", target: event.eventId, outcome: "stored" });
    unit.afterCommit(() => onQueued(1));
    return { eventId: event.eventId, duplicate: false, sameBody: true, queued: true };
  }

  function lookUp(event: { source: string; providerEventId: string }, key: number) {
    const held = findKey.get(key) as { seq: number } | undefined;
    if (held === undefined) return null;
    const row = findEvent.get(held.seq) as { source: string; provider_event_id: string; body_sha256: Uint8Array };
    return row.source === event.source && row.provider_event_id === event.providerEventId
      ? { seq: held.seq, body_sha256: row.body_sha256 }
      : "other";
  }
}
