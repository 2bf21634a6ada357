/**
 * Puts the clock of this process forward: what is received, signed, cached or looked at from now on happens later. Time
 * goes on in between.
 */
export interface ClockAhead {
  advance(ms: number): void;
  restore(): void;
}

export function takeClock(): ClockAhead {
  const now = Date.now;
  let ahead = 0;
  Date.now = () => now() + ahead;
  return {
    advance(ms) {
      ahead += ms;
    },
    restore() {
      Date.now = now;
    },
  };
}

/** Epoch milliseconds by the machine's clock, wherever the process's own has been put. */
export function realNow(): number {
  return performance.timeOrigin + performance.now();
}
