/**
 * The program that runs the user's handler: `node handler-host.js MODULE`, one call at a time, with the channel of
 * `handler-channel.ts` on file descriptor 3. It ends when the channel does, and therefore when the inbox does.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { Socket } from "node:net";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import { Worker } from "node:worker_threads";
import { describeThrown } from "../../../domain/describe-thrown.ts";
import { oneLine } from "../../../domain/one-line.ts";
import type { HandlerContext, OnEvent } from "../../../ports/on-event.ts";
import { type CallMessage, CHANNEL_FD, type FromHandler, type LogLevel, type ToHandler } from "./handler-channel.ts";
import { splitLines } from "./split-lines.ts";

const MAX_LOG_LINE = 2000;
const MAX_LOG_LINES_PER_CALL = 200;

/** The call that runs. `answered` guards against a second answer from code that fails twice. */
interface Call {
  readonly id: number;
  readonly controller: AbortController;
  answered: boolean;
  logLines: number;
}

const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
const exit = process.exit.bind(process);
// Tells a call's own late failures from those of a call that is over.
const owner = new AsyncLocalStorage<Call>();
let current: Call | null = null;

exitWithInbox();
containStrayFailures();
const loaded = load(process.argv[2] ?? "");
listen();

function exitWithInbox(): void {
  channel.on("error", () => {});
  channel.on("close", () => exit(0));
  // A handler that never gives the thread back would not see the channel close.
  const watch = `const { workerData } = require("node:worker_threads");
    setInterval(() => process.ppid === workerData || process.kill(process.pid, "SIGKILL"), 500);`;
  new Worker(watch, { eval: true, execArgv: [], env: {}, workerData: process.ppid }).unref();
  // Sent to the whole group by a terminal or a supervisor; when to stop is the inbox's decision. SIGUSR1 would open a
  // debugger.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"] as const) process.on(signal, () => {});
}

function containStrayFailures(): void {
  const stray = (thrown: unknown): void => {
    const call = owner.getStore();
    const { error, permanent } = describeThrown(thrown);
    if (call !== undefined && call === current && !call.answered) {
      send({ kind: "retire", why: "a call failed beside its promise" });
      answer(call, { kind: "failed", id: call.id, error, permanent });
    } else {
      send({ kind: "retire", why: `code that outlived its call failed: ${error}` });
    }
  };
  process.on("uncaughtException", stray);
  process.on("unhandledRejection", stray);
  for (const name of ["exit", "abort"] as const) {
    const real = process[name].bind(process) as (code?: number | string | null) => never;
    process[name] = (code?: number | string | null): never => {
      const call = owner.getStore();
      if (call === undefined || current === null || call === current) return real(code);
      throw new Error(`process.${name}() was called by an event that is over while another one runs`);
    };
  }
}

async function load(path: string): Promise<OnEvent> {
  const module = (await import(pathToFileURL(path).href)) as { readonly onEvent?: unknown };
  if (typeof module.onEvent !== "function") throw new Error("it exports no function named onEvent");
  return module.onEvent as OnEvent;
}

function listen(): void {
  // A failure is told with each call; without this it would also count as a stray one.
  loaded.catch((thrown: unknown) => process.stderr.write(`${locationOf(thrown)}\n`));
  const lines = splitLines(Number.POSITIVE_INFINITY, (line) => {
    const message = JSON.parse(line) as ToHandler;
    if (message.kind === "call") void run(message);
    else if (message.kind === "load") void tellLoaded(message.id);
    else current?.controller.abort(new Error("the inbox is shutting down"));
  });
  channel.on("data", (chunk: Buffer) => lines.push(chunk));
}

async function tellLoaded(id: number): Promise<void> {
  try {
    await loaded;
    send({ kind: "done", id });
  } catch (thrown) {
    send({ kind: "failed", id, error: loadError(thrown), permanent: false });
  }
}

function loadError(thrown: unknown): string {
  return oneLine(`the handler module cannot be loaded: ${describeThrown(thrown).error}`, 500);
}

async function run(message: CallMessage): Promise<void> {
  let onEvent: OnEvent;
  try {
    onEvent = await loaded;
  } catch (thrown) {
    send({ kind: "retire", why: "the handler module cannot be loaded" });
    send({ kind: "failed", id: message.id, error: loadError(thrown), permanent: false });
    return;
  }
  const call: Call = { id: message.id, controller: new AbortController(), answered: false, logLines: 0 };
  current = call;
  send({ kind: "started", id: call.id });
  const lead = Math.min(1000, message.timeoutMs / 10);
  const timer = setTimeout(
    () => call.controller.abort(new Error("the handler's time limit is near")),
    message.timeoutMs - lead,
  );
  try {
    await owner.run(call, async () => onEvent(freeze(message.event), contextOf(message, call)));
    answer(call, { kind: "done", id: call.id });
  } catch (thrown) {
    answer(call, { kind: "failed", id: call.id, ...describeThrown(thrown) });
  } finally {
    clearTimeout(timer);
    if (current === call) current = null;
  }
}

function contextOf(message: CallMessage, call: Call): HandlerContext {
  const write =
    (level: LogLevel) =>
    (...parts: readonly unknown[]): void => {
      if (++call.logLines > MAX_LOG_LINES_PER_CALL) return;
      const text =
        call.logLines === MAX_LOG_LINES_PER_CALL ? "further log lines of this call are not shown" : formatted(parts);
      send({ kind: "log", level, eventId: message.event.eventId, message: oneLine(text, MAX_LOG_LINE) });
    };
  return Object.freeze({
    attempt: message.attempt,
    eventId: message.event.eventId,
    idempotencyKey: message.idempotencyKey,
    transaction: freeze(message.transaction),
    signal: call.controller.signal,
    log: Object.freeze({ info: write("info"), warn: write("warn"), error: write("error") }),
  });
}

function formatted(parts: readonly unknown[]): string {
  try {
    return format(...parts);
  } catch {
    return "(a log line that cannot be formatted)";
  }
}

// The first line of a syntax error's stack is the file and the line.
function locationOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.stack) : describeThrown(thrown).error;
  } catch {
    return "the handler module cannot be loaded";
  }
}

function answer(call: Call, message: FromHandler): void {
  if (call.answered) return;
  call.answered = true;
  send(message);
}

function send(message: FromHandler): void {
  if (channel.writable) channel.write(`${JSON.stringify(message)}\n`);
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) freeze(inner);
    Object.freeze(value);
  }
  return value;
}
