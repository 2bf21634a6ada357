import type { Database } from "./sqlite-driver.ts";

/**
 * Takes payloads out of the file itself. SQLite's `secure_delete` clears what a deletion frees, but when a deletion
 * makes it join half-empty pages, it moves the rows beside the deleted one and leaves their old bytes where they were.
 * So a payload is overwritten in place by zeros of the same length, which moves nothing; and the row is deleted later,
 * once all rows near it are zeros too, so that whatever is moved then holds nothing.
 */
export interface PayloadWiper {
  wipe(seq: number): void;
  /** Deletes the wiped rows up to `upTo` that have only wiped rows near them. */
  trim(upTo: number): void;
}

export function openPayloadWiper(db: Database): PayloadWiper {
  const wipe = db.prepare("UPDATE payloads SET wiped = 1, body = zeroblob(length(body)) WHERE seq = ? AND wiped = 0");
  const rows = db.prepare("SELECT seq, wiped, length(body) AS bytes FROM payloads WHERE seq <= ? ORDER BY seq");
  const remove = db.prepare("DELETE FROM payloads WHERE seq = ?");
  return {
    wipe: (seq) => void wipe.run(seq),
    trim(upTo) {
      for (const seq of farFromLive(rows.all(upTo) as PayloadRow[])) remove.run(seq);
    },
  };
}

interface PayloadRow {
  readonly seq: number;
  readonly wiped: number;
  readonly bytes: number;
}

// SQLite joins a page with at most two beside it; of a long row at least this much is on the page itself.
const MARGIN_BYTES = 8 * 8192;
const ON_PAGE_BYTES = 1000;

/** Nothing stands before the first row, and anything may stand behind the last. */
function farFromLive(rows: readonly PayloadRow[]): number[] {
  const far = new Set(farBehindLive(rows, Number.POSITIVE_INFINITY));
  return farBehindLive(rows.toReversed(), 0).filter((seq) => far.has(seq));
}

function farBehindLive(rows: readonly PayloadRow[], distance: number): number[] {
  const far: number[] = [];
  let bytes = distance;
  for (const row of rows) {
    if (row.wiped === 0) bytes = 0;
    else {
      if (bytes >= MARGIN_BYTES) far.push(row.seq);
      bytes += Math.min(row.bytes, ON_PAGE_BYTES);
    }
  }
  return far;
}
