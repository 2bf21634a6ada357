import { setTimeout as wait } from "node:timers/promises";

/** Loops that run beside the test until they are stopped. */
export interface Polling {
  /** Ends the loops after the turn they are in. Rejects with what ended one of them before. */
  stop(): Promise<void>;
}

/** Runs `turn` again and again, `count` times beside each other; a turn that found nothing is followed by a short rest. */
export function startPolling(turn: () => Promise<number>, count: number): Polling {
  let stopped = false;
  const loops = Array.from({ length: count }, async () => {
    while (!stopped) if ((await turn()) === 0) await wait(REST_MS);
  });
  const all = Promise.all(loops);
  // It is `stop` that reports it.
  all.catch(() => {
    stopped = true;
  });
  return {
    async stop() {
      stopped = true;
      await all;
    },
  };
}

export const REST_MS = 20;
