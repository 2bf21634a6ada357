/** Rows that wait in the database, in the order of their numbers. */
export interface LaneRows<Row> {
  /** Up to `limit` rows whose number is greater than `after`, in ascending order. */
  scan(after: number, limit: number): readonly LaneRow<Row>[];
  /** The row with this number, or null when it is gone. */
  load(number: number): LaneRow<Row> | null;
}

export interface LaneRow<Row> {
  readonly number: number;
  readonly lane: string;
  readonly row: Row;
}

interface Lane {
  /** Rows handed out and not given back. */
  out: number;
  /** Until when the lane waits, as a timer; null when it does not. */
  timer: NodeJS.Timeout | null;
  /** Numbers of rows seen and not handed out, in order. */
  readonly parked: number[];
  /** Whether it stands in `ready`. */
  listed: boolean;
}

const SCAN = 512;

/**
 * Hands out waiting rows so that each lane (a payment) keeps its order, and a lane that waits or is busy does not hold
 * up the others. The rows are in the database; this keeps in memory only what is out, what waits and what was passed
 * over, so a restart begins anew with every row.
 */
export class Lanes<Row> {
  readonly #rows: LaneRows<Row>;
  readonly #onReady: () => void;
  readonly #lanes = new Map<string, Lane>();
  #ready: string[] = [];
  /** Rows up to this number were seen. */
  #cursor = 0;

  constructor(rows: LaneRows<Row>, onReady: () => void) {
    this.#rows = rows;
    this.#onReady = onReady;
  }

  /**
   * Takes up to `limit` rows. `exclusive`: one per lane. `batch`: several of one lane may come, in order.
   * No lane gets rows while it has some out from an earlier take.
   */
  take(limit: number, mode: "exclusive" | "batch"): LaneRow<Row>[] {
    const taken: LaneRow<Row>[] = [];
    try {
      this.#fill(taken, limit, mode);
    } catch (error) {
      // Nobody gets them, so they go back to the heads of their lanes.
      for (const { lane, number } of taken.toReversed()) this.#putBack(lane, number);
      throw error;
    }
    return taken;
  }

  #fill(taken: LaneRow<Row>[], limit: number, mode: "exclusive" | "batch"): void {
    const now = new Set<string>();
    while (taken.length < limit && this.#ready.length > 0) this.#takeParked(limit, mode, taken, now);
    while (taken.length < limit) {
      const rows = this.#rows.scan(this.#cursor, Math.min(SCAN, limit - taken.length));
      for (const found of rows) {
        this.#cursor = found.number;
        const lane = this.#lanes.get(found.lane);
        if (lane === undefined || (mode === "batch" && now.has(found.lane) && lane.parked.length === 0)) {
          this.#handOut(found, taken, now);
        } else {
          lane.parked.push(found.number);
        }
      }
      if (rows.length === 0) break;
    }
  }

  #putBack(name: string, number: number): void {
    const lane = this.#giveBack(name);
    if (lane === undefined) return;
    lane.parked.unshift(number);
    this.#next(name, lane);
  }

  /** A row that was out is done with and gone from the database. */
  done(name: string): void {
    const lane = this.#giveBack(name);
    if (lane === undefined) return;
    this.#next(name, lane);
    if (lane.listed) this.#onReady();
  }

  /** A row that was out goes back to the head of its lane, which waits `delayMs` milliseconds. */
  postpone(name: string, number: number, delayMs: number): void {
    const lane = this.#giveBack(name);
    if (lane === undefined) return;
    lane.parked.unshift(number);
    lane.timer = setTimeout(() => {
      lane.timer = null;
      this.#next(name, lane);
      this.#onReady();
    }, delayMs);
  }

  /** A row came (back) that the scan has passed already. Rows that are still ahead of it need no word. */
  add(name: string, number: number): void {
    if (number > this.#cursor) return;
    const lane = this.#laneOf(name);
    lane.parked.push(number);
    if (lane.out === 0) this.#next(name, lane);
  }

  /** Stops all timers. */
  close(): void {
    for (const lane of this.#lanes.values()) if (lane.timer !== null) clearTimeout(lane.timer);
  }

  #takeParked(limit: number, mode: "exclusive" | "batch", taken: LaneRow<Row>[], now: Set<string>): void {
    const name = this.#ready[0] as string;
    const lane = this.#laneOf(name);
    do {
      // Loaded before anything changes: what cannot be read now stays where it waits.
      const number = lane.parked[0];
      const found = number === undefined ? null : this.#rows.load(number);
      lane.parked.shift();
      if (lane.listed) this.#ready.shift();
      lane.listed = false;
      if (found !== null) this.#handOut(found, taken, now);
    } while (lane.parked.length > 0 && taken.length < limit && (mode === "batch" || lane.out === 0));
    if (lane.out === 0) this.#next(name, lane);
  }

  #handOut(found: LaneRow<Row>, taken: LaneRow<Row>[], now: Set<string>): void {
    this.#laneOf(found.lane).out++;
    now.add(found.lane);
    taken.push(found);
  }

  #giveBack(name: string): Lane | undefined {
    const lane = this.#lanes.get(name);
    if (lane !== undefined && lane.out > 0) lane.out--;
    return lane;
  }

  #next(name: string, lane: Lane): void {
    if (lane.out > 0 || lane.timer !== null || lane.listed) return;
    if (lane.parked.length === 0) {
      this.#lanes.delete(name);
      return;
    }
    lane.listed = true;
    this.#ready.push(name);
  }

  #laneOf(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { out: 0, timer: null, parked: [], listed: false };
      this.#lanes.set(name, lane);
    }
    return lane;
  }
}
