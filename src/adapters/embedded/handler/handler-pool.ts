import type { Handler, HandlerResult } from "../../../ports/handler.ts";
import type { Log } from "../../../ports/log.ts";
import { type HandlerProcess, startHandlerProcess } from "./handler-process.ts";

export interface HandlerPoolOptions {
  /** Absolute path of the user's module. */
  readonly module: string;
  /** Absolute path of the compiled `handler-host`. */
  readonly hostPath: string;
  /** Processes, and so calls, at a time. */
  readonly size: number;
  /** Of one call; loading the module has its own limit of at least ten seconds. */
  readonly timeoutMs: number;
  /** What the handler's environment is made from. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Names that the handler must not see, beside every `STRONGROOM_*`: the inbox's own secrets. */
  readonly hideEnv?: readonly string[];
  /** Gets what the handler logs and prints; nothing of it reaches stdout. */
  readonly log: Log;
}

export interface HandlerPool extends Handler {
  /** Imports the module, in a process that then takes calls; `failed` says why that cannot be done. */
  load(): Promise<HandlerResult>;
  /** Calls that start from now on see the module as it is on disk now. */
  reload(): void;
  /** Takes no more calls, waits up to `graceMs` for those that run, then kills them. Resolves when no process is left. */
  close(graceMs: number): Promise<void>;
}

/**
 * Runs the user's module in child processes, so that nothing it does can harm the inbox or another payment's event.
 * Processes start when needed, up to `size`, and are reused; one that misbehaved is replaced.
 */
export function openHandlerPool(options: HandlerPoolOptions): HandlerPool {
  const env = visibleEnvironment(options.env ?? process.env, options.hideEnv ?? []);
  const alive = new Set<HandlerProcess>();
  const waiting: (() => void)[] = [];
  let idle: HandlerProcess[] = [];
  let outdated = new WeakSet<HandlerProcess>();
  let free = options.size;
  let closed = false;

  function take(): HandlerProcess {
    for (let found = idle.pop(); found !== undefined; found = idle.pop()) {
      if (found.usable()) return found;
      found.stop();
    }
    const started = startHandlerProcess({ ...options, env });
    alive.add(started);
    void started.gone.then(() => alive.delete(started));
    return started;
  }

  function putBack(runner: HandlerProcess): void {
    if (runner.usable() && !outdated.has(runner) && !closed) idle.push(runner);
    else runner.stop();
  }

  function release(): void {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  }

  async function use(ask: (runner: HandlerProcess) => ReturnType<HandlerProcess["run"]>): Promise<HandlerResult> {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      while (!closed) {
        const runner = take();
        const result = await ask(runner);
        putBack(runner);
        if (result.kind !== "not_started") return result;
      }
      return failed("the inbox is shutting down");
    } catch (fault) {
      return failed(`the handler process could not be started: ${fault instanceof Error ? fault.name : "fault"}`);
    } finally {
      release();
    }
  }

  return {
    run: (call) => use((runner) => runner.run(call)),
    load: () => use((runner) => runner.load()),
    reload() {
      outdated = new WeakSet(alive);
      for (const runner of idle) runner.stop();
      idle = [];
    },
    async close(graceMs) {
      closed = true;
      for (const runner of idle) runner.stop();
      const abort = setTimeout(() => each(alive, (runner) => runner.abort()), graceMs - Math.min(1000, graceMs / 10));
      const kill = setTimeout(
        () => each(alive, (runner) => runner.kill("the handler did not finish before the inbox shut down")),
        graceMs,
      );
      while (alive.size > 0) await Promise.all([...alive].map((runner) => runner.gone));
      clearTimeout(abort);
      clearTimeout(kill);
    },
  };
}

// STRONGROOM_* holds overrides and tokens of the inbox; a name is hidden whatever its case, as on Windows.
function visibleEnvironment(env: NodeJS.ProcessEnv, hidden: readonly string[]): NodeJS.ProcessEnv {
  const names = new Set(hidden.map((name) => name.toUpperCase()));
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^STRONGROOM_/i.test(name) && !names.has(name.toUpperCase())),
  );
}

function failed(error: string): HandlerResult {
  return { kind: "failed", error, permanent: false };
}

function each(runners: ReadonlySet<HandlerProcess>, act: (runner: HandlerProcess) => void): void {
  for (const runner of runners) act(runner);
}
