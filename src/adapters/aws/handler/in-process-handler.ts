import { pathToFileURL } from "node:url";
import { describeThrown } from "../../../domain/describe-thrown.ts";
import { oneLine } from "../../../domain/one-line.ts";
import type { Handler, HandlerCall, HandlerResult } from "../../../ports/handler.ts";
import type { Log } from "../../../ports/log.ts";
import type { OnEvent } from "../../../ports/on-event.ts";
import { contextOf, deepFreeze } from "./handler-context.ts";

export interface InProcessHandlerParts {
  /** Absolute path of the user's module. */
  readonly module: string;
  /** Of one call, in milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds until the invocation is ended from outside. */
  readonly remainingMs: () => number;
  /** So much of it is kept for what follows a call. @default 3 seconds */
  readonly marginMs?: number;
  readonly log: Log;
}

// Importing the user's dependencies is not the handler's doing, so it does not use up its time.
const MIN_LOAD_MS = 10_000;

/**
 * Runs the user's module in the function itself, which is its own process already: imported once, at the first call. A
 * call that runs past its time limit is a failed attempt, but its code cannot be stopped and may go on; one that never
 * gives the thread back ends with the invocation, its attempt counted before.
 */
export function openInProcessHandler(parts: InProcessHandlerParts): Handler {
  const { timeoutMs, marginMs = 3_000 } = parts;
  const atMost = (ms: number) => Math.floor(Math.min(ms, parts.remainingMs() - marginMs));
  let loading: Promise<OnEvent | HandlerResult> | null = null;

  return {
    async run(call) {
      loading ??= load(parts.module);
      const loadMs = atMost(Math.max(timeoutMs, MIN_LOAD_MS));
      const loaded = await within(loadMs, loading, `the handler module was not loaded within ${loadMs} ms`);
      if (typeof loaded !== "function") return loaded;
      const limitMs = atMost(timeoutMs);
      if (limitMs <= 0) return failed("no time was left in the invocation to call the handler");
      const controller = new AbortController();
      const lead = Math.min(1000, limitMs / 10);
      const warning = setTimeout(() => {
        controller.abort(new Error("the handler's time limit is near"));
      }, limitMs - lead);
      const result = await within(
        limitMs,
        invoke(loaded, call, controller.signal),
        `the handler did not finish within ${limitMs} ms`,
      );
      clearTimeout(warning);
      return result;
    },
  };

  async function invoke(onEvent: OnEvent, call: HandlerCall, signal: AbortSignal): Promise<HandlerResult> {
    try {
      // A copy: the pipeline's own event is not the user's to freeze.
      await onEvent(deepFreeze(structuredClone(call.event)), contextOf(call, signal, parts.log));
      return { kind: "done" };
    } catch (thrown) {
      return { kind: "failed", ...describeThrown(thrown) };
    }
  }
}

async function load(path: string): Promise<OnEvent | HandlerResult> {
  try {
    const module = (await import(pathToFileURL(path).href)) as { readonly onEvent?: unknown };
    if (typeof module.onEvent !== "function") throw new Error("it exports no function named onEvent");
    return module.onEvent as OnEvent;
  } catch (thrown) {
    return failed(oneLine(`the handler module cannot be loaded: ${describeThrown(thrown).error}`, 500));
  }
}

/** `work` never rejects; what it does after the limit is nobody's business any more. */
async function within<T>(ms: number, work: Promise<T>, message: string): Promise<T | HandlerResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HandlerResult>((resolve) => {
    timer = setTimeout(() => resolve(failed(message)), ms);
  });
  const first = await Promise.race([work, late]);
  clearTimeout(timer);
  return first;
}

function failed(error: string): HandlerResult {
  return { kind: "failed", error, permanent: false };
}
