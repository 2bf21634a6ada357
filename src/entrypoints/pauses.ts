/** Waits that can all be ended at once, so that nothing sleeps through a shutdown. */
export interface Pauses {
  pause(ms: number): Promise<void>;
  end(): void;
}

export function createPauses(): Pauses {
  const running = new Set<() => void>();
  let ended = false;
  return {
    pause(ms) {
      if (ended) return Promise.resolve();
      return new Promise((resolve) => {
        const finish = () => {
          clearTimeout(timer);
          running.delete(finish);
          resolve();
        };
        const timer = setTimeout(finish, ms);
        running.add(finish);
      });
    },
    end() {
      ended = true;
      for (const finish of running) finish();
    },
  };
}
