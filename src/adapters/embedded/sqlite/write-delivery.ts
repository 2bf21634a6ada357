import type { AuditChain } from "./audit-chain.ts";
import { storedOutcome } from "./event-digest.ts";
import { EVENT_COLUMNS, type EventValues } from "./event-row.ts";
import { probe } from "./keys.ts";
import type { LateIndex } from "./late-index.ts";
import type { Database } from "./sqlite-driver.ts";
import type { Unit } from "./unit.ts";
import type { DeliveryRow, StoredCode, StoredRow } from "./wire.ts";

export interface DeliveryWriter {
  /** Keeps the delivery's events and their queue rows, or counts a copy of each that is known. */
  store(unit: Unit, delivery: DeliveryRow, payload: Uint8Array, at: number): StoredRow;
}

export function openDeliveryWriter(
  db: Database,
  keys: LateIndex,
  audit: AuditChain,
  onQueued: (count: number) => void,
): DeliveryWriter {
  const findEvent = db.prepare("SELECT source, provider_event_id, body_sha256 FROM events WHERE seq = ?");
  const insertEvent = db.prepare(
    `INSERT INTO events (seq, ${EVENT_COLUMNS}, body_sha256, body_bytes, redacted, headers)
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
    store(unit, { events, body }, payload, at) {
      const [hex, , , , boundTo] = body;
      const sha256 = Buffer.from(hex, "hex");
      if (boundTo !== null) {
        const bound = findBinding.get(boundTo) as { body_sha256: Uint8Array } | undefined;
        if (bound !== undefined && !sha256.equals(bound.body_sha256)) return null;
        if (bound === undefined) insertBinding.run(boundTo, sha256);
      }
      return events.map((event) => storeEvent(unit, event, body, sha256, payload, at)).join("");
    },
  };

  function storeEvent(
    unit: Unit,
    event: EventValues,
    [hex, bytes, redacted, headers]: DeliveryRow["body"],
    sha256: Buffer,
    payload: Uint8Array,
    at: number,
  ): StoredCode {
    const [source, , providerEventId] = event;
    const eventId = `${source}:${providerEventId}`;
    const { key, found: known } = probe(eventId, (candidate) => lookUp(source, providerEventId, candidate));
    if (known !== null) {
      const sameBody = sha256.equals(known.body_sha256);
      countCopy.run(known.seq, at);
      const action = sameBody ? "event.duplicate" : "event.conflict";
      audit.append(unit, at, { actor: source, action, target: eventId, outcome: "acknowledged" });
      return sameBody ? "s" : "o";
    }
    const before = lastSeq;
    unit.onRollback(() => {
      lastSeq = before;
    });
    const seq = ++lastSeq;
    keys.add(unit, key, seq);
    insertEvent.run(seq, ...event, sha256, bytes, redacted, headers);
    insertPayload.run(seq, payload);
    insertQueue.run(seq);
    const outcome = storedOutcome(seq, event, { sha256: hex, bytes, redacted: redacted === 1 }, payload);
    audit.append(unit, at, { actor: source, action: "event.received", target: eventId, outcome });
    unit.afterCommit(() => onQueued(1));
    return "n";
  }

  function lookUp(source: string, providerEventId: string, key: number) {
    const seq = keys.get(key);
    if (seq === null) return null;
    const row = findEvent.get(seq) as { source: string; provider_event_id: string; body_sha256: Uint8Array };
    return row.source === source && row.provider_event_id === providerEventId
      ? { seq, body_sha256: row.body_sha256 }
      : "other";
  }
}
