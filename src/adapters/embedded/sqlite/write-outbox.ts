import { hash } from "node:crypto";
import type { Announcement } from "../../../domain/announcement.ts";
import type { OutboxItem } from "../../../ports/announcer.ts";
import { Lanes } from "./lanes.ts";
import type { Database } from "./sqlite-driver.ts";
import type { Unit } from "./unit.ts";
import type { DestinationWriter } from "./write-destinations.ts";

export interface OutboxWriter {
  add(unit: Unit, destination: string, announcement: Announcement, at: number): void;
  due(destination: string, limit: number): readonly OutboxItem[];
  delivered(unit: Unit, item: OutboxItem, at: number): void;
  postpone(unit: Unit, item: OutboxItem, failure: string, delayMs: number, at: number): void;
  abandon(unit: Unit, item: OutboxItem, failure: string, at: number): void;
  close(): void;
}

interface OutboxRow {
  readonly id: number;
  readonly destination: string;
  readonly lane: string;
  readonly message_id: string;
  readonly announcement: string;
  readonly attempts: number;
}

/**
 * Announcements that wait, each destination with lanes of its own. Saying again what became of one changes nothing: the
 * caller may not know that it was noted.
 */
export function openOutboxWriter(db: Database, destinations: DestinationWriter, onReady: () => void): OutboxWriter {
  const columns = "SELECT id, destination, lane, message_id, announcement, attempts FROM outbox";
  const scan = db.prepare(`${columns} WHERE id > ? AND destination = ? AND abandoned_at IS NULL ORDER BY id LIMIT ?`);
  const load = db.prepare(`${columns} WHERE id = ?`);
  const insert = db.prepare(
    "INSERT INTO outbox (destination, lane, message_id, announcement, added_at, due_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const remove = db.prepare("DELETE FROM outbox WHERE id = ?");
  const fail = db.prepare(
    "UPDATE outbox SET attempts = attempts + 1, last_error = ?, due_at = ? WHERE id = ? AND attempts = ?",
  );
  const abandon = db.prepare(
    "UPDATE outbox SET attempts = attempts + 1, last_error = ?, abandoned_at = ? WHERE id = ? AND abandoned_at IS NULL",
  );
  const schedules = new Map<string, Lanes<OutboxRow>>();

  return {
    add(unit, destination, announcement, at) {
      const lane = announcement.data.transactionId ?? announcement.data.eventId;
      insert.run(destination, lane, messageIdOf(announcement), JSON.stringify(announcement), at, at);
      unit.afterCommit(onReady);
    },
    due(destination, limit) {
      if (destinations.isPaused(destination)) return [];
      const schedule = scheduleOf(destination);
      const taken = schedule.take(limit, "exclusive");
      return taken.map(({ row }) => readItem(row));
    },
    delivered(unit, item, at) {
      if (remove.run(item.id).changes === 0) return;
      destinations.delivered(item.destination, at);
      release(unit, item);
    },
    postpone(unit, item, failure, delayMs, at) {
      if (fail.run(failure, at + delayMs, item.id, item.attempts).changes === 0) return;
      destinations.failed(item.destination, failure);
      unit.afterCommit(() => scheduleOf(item.destination).postpone(laneOf(item), item.id, delayMs));
    },
    abandon(unit, item, failure, at) {
      if (abandon.run(failure, at, item.id).changes === 0) return;
      destinations.failed(item.destination, failure);
      release(unit, item);
    },
    close() {
      for (const schedule of schedules.values()) schedule.close();
    },
  };

  function release(unit: Unit, item: OutboxItem): void {
    unit.afterCommit(() => {
      scheduleOf(item.destination).done(laneOf(item));
      onReady();
    });
  }

  function scheduleOf(destination: string): Lanes<OutboxRow> {
    let schedule = schedules.get(destination);
    if (schedule === undefined) {
      schedule = new Lanes<OutboxRow>(
        {
          scan: (after, limit) => (scan.all(after, destination, limit) as OutboxRow[]).map(inLane),
          load: (id) => {
            const row = load.get(id) as OutboxRow | undefined;
            return row === undefined ? null : inLane(row);
          },
        },
        onReady,
      );
      schedules.set(destination, schedule);
    }
    return schedule;
  }
}

/** Stable for the event, and fit for a header whatever the provider's id holds. */
function messageIdOf(announcement: Announcement): string {
  const { eventId } = announcement.data;
  return /^[\x21-\x7e]+$/.test(eventId) ? eventId : hash("sha256", eventId);
}

function inLane(row: OutboxRow) {
  return { number: row.id, lane: row.lane, row };
}

function laneOf(item: OutboxItem): string {
  return item.announcement.data.transactionId ?? item.announcement.data.eventId;
}

function readItem(row: OutboxRow): OutboxItem {
  return {
    id: row.id,
    destination: row.destination,
    messageId: row.message_id,
    announcement: JSON.parse(row.announcement) as Announcement,
    attempts: row.attempts,
  };
}
