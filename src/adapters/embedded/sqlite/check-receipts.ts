import { hash } from "node:crypto";
import type { Check } from "../../../ports/integrity.ts";
import { type AuditTrail, openAuditTrail } from "./audit-trail.ts";
import { payloadDigest, readStoredOutcome, rowDigest, type StoredDigests } from "./event-digest.ts";
import { EVENT_COLUMNS, type EventRow, rowValues } from "./event-row.ts";
import { gatherFindings } from "./findings.ts";
import { seqOfEvent } from "./keys.ts";
import type { Database } from "./sqlite-driver.ts";
import type { StoredRecord } from "./verify-chain.ts";

type Row = EventRow & {
  readonly seq: number;
  readonly body_sha256: Uint8Array;
  readonly body_bytes: number;
  readonly redacted: number;
};

export interface ReceiptCheck {
  add(record: StoredRecord): void;
  /** Also gives what the chain says became of the events. */
  end(): { readonly checks: readonly Check[]; readonly trail: AuditTrail };
}

/**
 * Holds the events against the audit chain: both were written in the order of receipt, so one walk over each is enough.
 * Finds rows that were removed, added or changed, and payloads that are not those that were stored.
 */
export function openReceiptCheck(db: Database): ReceiptCheck {
  const findSeq = seqOfEvent(db);
  const findPayload = db.prepare("SELECT body FROM payloads WHERE seq = ? AND wiped = 0");
  const [rows, payloads, keys] = [gatherFindings(), gatherFindings(), gatherFindings()];
  const trail = openAuditTrail(findSeq);
  const walk = walkEvents(db);
  let looked = 0;
  let compared = 0;
  let started = false;

  return {
    add(record) {
      // A chain that is whole tells the receipt of every event.
      if (!started && record.seq === 1) trail.since = 1;
      started = true;
      if (record.action === "event.received") received(record);
      else trail.note(record);
    },
    end() {
      passUntil(Number.POSITIVE_INFINITY);
      return {
        trail,
        checks: [
          rows.check("events", `${looked} events are as the audit chain tells their receipt`),
          payloads.check("payloads", `${compared} payloads are as they were stored`),
          keys.check("keys", `${looked} events are found by their ids`),
        ],
      };
    },
  };

  function received({ seq, target, outcome }: StoredRecord): void {
    const found = idOf(walk.next) === target ? (walk.next?.seq ?? null) : findSeq(target);
    if (found === null) {
      rows.add(target, `was received (audit record ${seq}), and its row is missing`);
      return;
    }
    if (trail.since === Number.POSITIVE_INFINITY) trail.since = found;
    passUntil(found);
    if (walk.next?.seq !== found) {
      rows.add(target, `has a second receipt, audit record ${seq}`);
      return;
    }
    const digests = readStoredOutcome(outcome);
    if (digests === null) rows.add(target, `audit record ${seq} of its receipt holds no digest`);
    else if (rowDigest(found, rowValues(walk.next), bodyOf(walk.next)) !== digests.row) {
      rows.add(target, `its row is not the one that was stored (audit record ${seq})`);
    }
    look(walk.next, digests);
    walk.step();
  }

  /** Passes the events before this number, of which no record tells. */
  function passUntil(seq: number): void {
    for (let row = walk.next; row !== null && row.seq < seq; row = walk.next) {
      if (row.seq >= trail.since) rows.add(idOf(row) ?? "", "no audit record tells its receipt");
      else if (row.seq !== walk.previous + 1) rows.add(`event number ${walk.previous + 1}`, "its row is missing");
      look(row, null);
      walk.step();
    }
  }

  function look(row: Row, digests: StoredDigests | null): void {
    const id = idOf(row) ?? "";
    looked++;
    if (findSeq(id) !== row.seq) keys.add(id, "is not found by its id, so that a copy would be taken for a new event");
    const payload = findPayload.get(row.seq) as { body: Uint8Array } | undefined;
    if (payload === undefined || (row.redacted === 1 && digests === null)) return;
    compared++;
    const same =
      row.redacted === 1
        ? payloadDigest(payload.body) === digests?.payload
        : hash("sha256", payload.body) === bodyOf(row).sha256;
    if (!same) payloads.add(id, "its payload is not the one that was stored");
  }
}

interface EventWalk {
  readonly next: Row | null;
  /** The number before `next`. */
  readonly previous: number;
  step(): void;
}

function walkEvents(db: Database): EventWalk {
  // As floats, because a driver refuses integers beyond 2^53, and someone may have written one.
  const page = db.prepare(
    `SELECT seq * 1.0 AS seq, ${EVENT_COLUMNS}, body_sha256, body_bytes * 1.0 AS body_bytes, redacted * 1.0 AS redacted
     FROM events WHERE seq > ? ORDER BY events.seq LIMIT 500`,
  );
  let rows: Row[] = [];
  let index = 0;
  let last = -Number.MAX_VALUE;
  let previous = 0;
  const load = () => {
    rows = (page.all(last) as Row[]).filter((row) => row.seq > last);
    last = rows.at(-1)?.seq ?? last;
    index = 0;
  };
  load();
  return {
    get next() {
      return rows[index] ?? null;
    },
    get previous() {
      return previous;
    },
    step() {
      previous = rows[index]?.seq ?? previous;
      index++;
      if (index >= rows.length && rows.length > 0) load();
    },
  };
}

function idOf(row: Row | null): string | null {
  return row === null ? null : `${row.source}:${row.provider_event_id}`;
}

function bodyOf(row: Row) {
  return {
    sha256: Buffer.from(row.body_sha256).toString("hex"),
    bytes: row.body_bytes,
    redacted: row.redacted === 1,
  };
}
