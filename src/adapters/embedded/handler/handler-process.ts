import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { oneLine } from "../../../domain/one-line.ts";
import type { HandlerCall, HandlerResult } from "../../../ports/handler.ts";
import type { Log } from "../../../ports/log.ts";
import { forwardOutput } from "./forward-output.ts";
import { CHANNEL_FD, type FromHandler, readFromHandler, type ToHandler } from "./handler-channel.ts";
import { splitLines } from "./split-lines.ts";

// Starting Node and importing the user's dependencies is not the handler's doing, so it does not use up its time.
const MIN_LOAD_MS = 10_000;
const REUSED_START_MS = 2000;
const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_ERROR = 500;
const STOP_MS = 1000;

export interface HandlerProcessOptions {
  /** Absolute path of the user's module. */
  readonly module: string;
  /** Absolute path of the compiled `handler-host`. */
  readonly hostPath: string;
  readonly timeoutMs: number;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
}

type ProcessResult =
  | HandlerResult
  /** An earlier call left the process unable to take this one; the user's function was not called for it. */
  | { readonly kind: "not_started" };

interface Running {
  readonly id: number;
  /** Null while only the module is asked for. */
  readonly eventId: string | null;
  readonly settle: (result: ProcessResult) => void;
  started: boolean;
  timer: NodeJS.Timeout;
}

/** One child process that runs the user's module, one call at a time. */
export interface HandlerProcess {
  run(call: HandlerCall): Promise<ProcessResult>;
  /** Whether the module could be imported; why not, otherwise. */
  load(): Promise<ProcessResult>;
  /** Whether it may be given another call. */
  usable(): boolean;
  /** Ends the signal of the running call. */
  abort(): void;
  /** Lets it end; kills it when it has not after a second. */
  stop(): void;
  /** Ends it at once; `why` becomes the error of the running call. */
  kill(why: string): void;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
}

export function startHandlerProcess(options: HandlerProcessOptions): HandlerProcess {
  const { log } = options;
  const child = spawn(process.execPath, [...inheritedFlags(), options.hostPath, options.module], {
    env: options.env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  // Absent when the process could not be started at all.
  const channel = child.stdio?.[CHANNEL_FD] as Duplex | null | undefined;
  let running: Running | null = null;
  let calls = 0;
  let retired = false;
  let why: string | null = null;

  const finish = (result: ProcessResult): void => {
    const call = running;
    running = null;
    clearTimeout(call?.timer);
    call?.settle(result);
  };
  const kill = (reason: string): void => {
    retired = true;
    why ??= reason;
    child.kill("SIGKILL");
  };
  const limit = (ms: number, whatHappened: string): NodeJS.Timeout =>
    setTimeout(() => kill(`${whatHappened} within ${ms} ms`), ms);
  const startLimit = (): NodeJS.Timeout =>
    calls === 1
      ? limit(Math.max(options.timeoutMs, MIN_LOAD_MS), "the handler module was not loaded")
      : limit(REUSED_START_MS, "the call did not start");
  const receive = (message: FromHandler): void => {
    switch (message.kind) {
      case "started":
        if (running === null || message.id !== running.id) return;
        clearTimeout(running.timer);
        running.started = true;
        running.timer = limit(options.timeoutMs, "the handler did not finish");
        return;
      case "log":
        log[message.level]({ eventId: message.eventId }, oneLine(message.message, 2000));
        return;
      case "retire":
        retired = true;
        log.warn({ pid: child.pid }, `handler process will be replaced: ${oneLine(message.why, MAX_ERROR)}`);
        return;
      case "done":
        if (message.id === running?.id) finish({ kind: "done" });
        return;
      case "failed":
        if (message.id !== running?.id) return;
        // A module is imported once in a process, whatever came of it.
        if (running.eventId === null) retired = true;
        finish({ kind: "failed", error: oneLine(message.error, MAX_ERROR), permanent: message.permanent });
    }
  };

  const gone = new Promise<void>((resolve) => {
    const ended = (how: string): void => {
      retired = true;
      const blameless = running !== null && !running.started && calls > 1;
      finish(blameless ? { kind: "not_started" } : { kind: "failed", error: why ?? how, permanent: false });
      resolve();
    };
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) ended(`the handler process could not be started: ${error.code ?? error.name}`);
    });
    child.on("exit", (code, signal) => {
      releaseOutput(child);
      // Its last words may still be in the pipe.
      const during = running?.eventId === null ? "while its module was loaded" : "during the call";
      const end = (): void => ended(`the handler process ended ${during} (${signal ?? `exit code ${code}`})`);
      const timer = setTimeout(end, STOP_MS);
      whenClosed(channel, () => {
        clearTimeout(timer);
        end();
      });
    });
  });
  if (channel) listen(channel, receive, kill);
  for (const name of ["stdout", "stderr"] as const) {
    const output = child[name] as Readable | null | undefined;
    if (output) forwardOutput(output, (line) => log.info({ output: name, pid: child.pid, ...about(running) }, line));
  }

  const send = (message: ToHandler): void => {
    if (channel?.writable) channel.write(`${JSON.stringify(message)}\n`);
  };
  const ask = (eventId: string | null, message: (id: number) => ToHandler): Promise<ProcessResult> =>
    new Promise((settle) => {
      const id = ++calls;
      running = { id, eventId, settle, started: false, timer: startLimit() };
      send(message(id));
    });
  return {
    gone,
    kill,
    usable: () => !retired,
    abort: () => send({ kind: "abort" }),
    stop() {
      retired = true;
      channel?.end();
      const timer = setTimeout(() => kill("the handler process did not stop"), STOP_MS);
      void gone.then(() => clearTimeout(timer));
    },
    run({ event, attempt, idempotencyKey, transaction }) {
      const state = transaction === undefined ? {} : { transaction };
      const { timeoutMs } = options;
      return ask(event.eventId, (id) => ({
        kind: "call",
        id,
        event,
        attempt,
        idempotencyKey,
        ...state,
        timeoutMs,
      }));
    },
    load: () => ask(null, (id) => ({ kind: "load", id })),
  };
}

// As `fork` does, so that the handler's process understands the same files; but never a debugger port.
function inheritedFlags(): string[] {
  return process.execArgv.filter((flag) => !flag.startsWith("--inspect"));
}

function listen(channel: Duplex, receive: (message: FromHandler) => void, kill: (why: string) => void): void {
  const lines = splitLines(MAX_MESSAGE_BYTES, (line) => {
    const message = readFromHandler(line);
    if (message === null) kill("the handler wrote into the inbox's own channel");
    else receive(message);
  });
  channel.on("data", (chunk: Buffer) => lines.push(chunk));
  channel.on("error", () => {});
  // Usually because the process ends; its exit code then says more than this.
  channel.on("close", () => setTimeout(() => kill("the handler closed the inbox's own channel"), 200).unref());
}

function whenClosed(channel: Duplex | null | undefined, act: () => void): void {
  if (!channel || channel.closed) act();
  else channel.on("close", act);
}

function about(running: { readonly eventId: string | null } | null): { eventId?: string } {
  return running === null || running.eventId === null ? {} : { eventId: running.eventId };
}

// A process that the handler left behind can hold the pipes open for ever.
function releaseOutput(child: ChildProcess): void {
  const timer = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, STOP_MS).unref();
  child.on("close", () => clearTimeout(timer));
}
