/** What has to hold for the inbox to take deliveries. */
export interface ReadinessDeps {
  /** Resolves after a real durable write (`EventStore.probe`). */
  readonly probe: () => Promise<void>;
  readonly freeDisk: () => Promise<{ readonly freeBytes: number; readonly floorBytes: number }>;
  /** Aborted when the process begins to stop. */
  readonly shutdown: AbortSignal;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: {
    readonly store: "ok" | "failed" | "slow";
    readonly disk: "ok" | "low" | "unknown";
    readonly process: "ok" | "stopping";
  };
}

/** Checks readiness. Calls that come while a check runs share it, so that asking often costs one write at a time. */
export function createReadiness(deps: ReadinessDeps): () => Promise<Readiness> {
  let running: Promise<Readiness> | null = null;
  return () => {
    running ??= check(deps).finally(() => {
      running = null;
    });
    return running;
  };
}

async function check({ probe, freeDisk, shutdown }: ReadinessDeps): Promise<Readiness> {
  const [store, disk] = await Promise.all([within(PATIENCE_MS, storeOf(probe)), diskOf(freeDisk)]);
  const checks = { store, disk, process: shutdown.aborted ? "stopping" : "ok" } as const;
  return { ready: Object.values(checks).every((state) => state === "ok"), checks };
}

// Who asks for readiness gives up about then, and a store that takes longer takes no deliveries either.
const PATIENCE_MS = 3000;

async function storeOf(probe: ReadinessDeps["probe"]): Promise<"ok" | "failed"> {
  try {
    await probe();
    return "ok";
  } catch {
    return "failed";
  }
}

async function diskOf(freeDisk: ReadinessDeps["freeDisk"]): Promise<"ok" | "low" | "unknown"> {
  try {
    const { freeBytes, floorBytes } = await freeDisk();
    return freeBytes >= floorBytes ? "ok" : "low";
  } catch {
    return "unknown";
  }
}

function within<T>(ms: number, work: Promise<T>): Promise<T | "slow"> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve("slow"), ms);
    void work.then((result) => {
      clearTimeout(timer);
      resolve(result);
    });
  });
}
