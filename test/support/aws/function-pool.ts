import type { Invocable } from "./invocable.ts";

/**
 * A function that runs several invocations at a time, as the service does: an idle instance takes the next, a new one is
 * opened while there are fewer than `most`, and beyond that an invocation waits for the first that gets free.
 */
export function openFunctionPool(open: () => Invocable | Promise<Invocable>, most: number): Invocable {
  const instances: Invocable[] = [];
  const idle: Invocable[] = [];
  const waiting: ((instance: Invocable) => void)[] = [];
  let opened = 0;
  return {
    async invoke(event, options) {
      const instance = await take();
      try {
        return await instance.invoke(event, options);
      } finally {
        const next = waiting.shift();
        if (next === undefined) idle.push(instance);
        else next(instance);
      }
    },
    logs: () => instances.flatMap((instance) => instance.logs()),
    async stop() {
      await Promise.all(instances.map((instance) => instance.stop()));
    },
  };

  async function take(): Promise<Invocable> {
    const free = idle.pop();
    if (free !== undefined) return free;
    if (opened === most) return new Promise((resolve) => waiting.push(resolve));
    opened += 1;
    const instance = await open();
    instances.push(instance);
    return instance;
  }
}
