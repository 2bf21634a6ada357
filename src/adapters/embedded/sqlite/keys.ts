import { hash } from "node:crypto";
import type { Database } from "./sqlite-driver.ts";

/** 48 bits of the SHA-256 of an id: small enough for an integer key, spread enough that two ids rarely share one. */
export function keyOf(id: string): number {
  return hash("sha256", id, "buffer").readUIntBE(0, 6);
}

/**
 * Walks the numbers from an id's key on until `look` finds the id's own row or a free number. `look` answers with the
 * row's value when it is the id's, `"other"` when another id holds the number, and null when the number is free.
 */
export function probe<T>(id: string, look: (key: number) => T | "other" | null): { key: number; found: T | null } {
  for (let key = keyOf(id); ; key++) {
    const found = look(key);
    if (found !== "other") return { key, found };
  }
}

/** Looks an event's number up by its id; null when there is none. */
export function seqOfEvent(db: Database): (eventId: string) => number | null {
  const findKey = db.prepare("SELECT seq FROM event_keys WHERE key = ?");
  const findEvent = db.prepare("SELECT source || ':' || provider_event_id AS id FROM events WHERE seq = ?");
  return (eventId) =>
    probe(eventId, (key) => {
      const held = findKey.get(key) as { seq: number } | undefined;
      if (held === undefined) return null;
      return (findEvent.get(held.seq) as { id: string }).id === eventId ? held.seq : "other";
    }).found;
}
