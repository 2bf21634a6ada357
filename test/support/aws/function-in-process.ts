import { AsyncLocalStorage } from "node:async_hooks";
import { format } from "node:util";
import type { Context } from "aws-lambda";
import { type FunctionSettings, functionEnvironment, TIMEOUT_MS } from "./function-environment.ts";
import { FunctionError, type Invocable, timedOut } from "./invocable.ts";
import { lambdaContext } from "./lambda-context.ts";

/** A function's module. */
export interface FunctionModule {
  readonly handler: (event: never, context: Context) => unknown;
}

/**
 * A function inside the test's own process: fast, but without a process to kill, and its environment variables are the
 * test's too until `stop`. `load` imports the module; it runs once, with the variables set.
 */
export async function openInProcess(
  load: () => Promise<FunctionModule>,
  settings: FunctionSettings,
): Promise<Invocable> {
  const restoreEnvironment = setEnvironment(functionEnvironment(settings));
  const lines: string[] = [];
  const release = captureOutput();
  const { handler } = await currentLines.run(lines, load);
  return {
    async invoke(event, { timeoutMs = settings.timeoutMs ?? TIMEOUT_MS, traceHeader } = {}) {
      const restoreTrace = setEnvironment({ _X_AMZN_TRACE_ID: traceHeader });
      const context = lambdaContext(settings.name, Date.now() + timeoutMs);
      const copy = JSON.parse(JSON.stringify(event)) as never;
      const running = currentLines.run(lines, async () => handler(copy, context));
      try {
        return JSON.parse(JSON.stringify((await within(timeoutMs, running)) ?? null)) as unknown;
      } catch (error) {
        if (error instanceof FunctionError) throw error;
        const { name, message } = error as Error;
        throw new FunctionError(name, message);
      } finally {
        restoreTrace();
      }
    },
    logs: () => lines,
    async stop() {
      release();
      restoreEnvironment();
    },
  };
}

/** Where the lines go that are written on behalf of the invocation that runs. */
const currentLines = new AsyncLocalStorage<string[]>();
let captures = 0;
let restoreOutput = () => {};

/** Takes what functions write, wherever it would go; everything else is left alone. Gives back the end of it. */
function captureOutput(): () => void {
  captures += 1;
  if (captures === 1) restoreOutput = replaceOutput();
  return () => {
    captures -= 1;
    if (captures === 0) restoreOutput();
  };
}

function replaceOutput(): () => void {
  const restores: (() => void)[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write;
    stream.write = ((...args: Parameters<typeof write>) => {
      const lines = currentLines.getStore();
      if (lines === undefined) return write.apply(stream, args);
      lines.push(...String(args[0]).replace(/\n$/, "").split("\n"));
      return true;
    }) as typeof write;
    restores.push(() => {
      stream.write = write;
    });
  }
  for (const level of ["debug", "info", "log", "warn", "error"] as const) {
    const original = console[level];
    console[level] = (...args: unknown[]) => {
      const lines = currentLines.getStore();
      if (lines === undefined) original(...args);
      else lines.push(...format(...args).split("\n"));
    };
    restores.push(() => {
      console[level] = original;
    });
  }
  return () => {
    for (const restore of restores) restore();
  };
}

function setEnvironment(variables: Readonly<Record<string, string | undefined>>): () => void {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  assign(variables);
  return () => assign(before);
}

function assign(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([work, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
