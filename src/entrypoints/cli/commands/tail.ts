import type { Command } from "commander";
import { type Api, listItems, withApi } from "../api.ts";
import type { EventView } from "../api-views.ts";
import { CliError, EXIT } from "../exit.ts";
import { type Globals, globalsOf } from "../globals.ts";
import { addCommand, STORE_EXITS } from "../manual.ts";
import { print, printJson } from "../output.ts";
import { readServerSentEvents } from "../server-sent-events.ts";
import { visible } from "../terminal-text.ts";

export function addTail(program: Command): void {
  addCommand(program, "tail", {
    summary: "Print events as they come in, until it is interrupted.",
    exits: STORE_EXITS,
    example: "strongroom tail --url http://127.0.0.1:4641",
  }).action(async (_: unknown, command: Command) => {
    const globals = globalsOf(command);
    const stop = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        stop.abort();
        // The abort of a fetch can get lost while its answer streams (its signal is held weakly), and nothing is left
        // to finish here.
        setTimeout(() => process.exit(EXIT.ok), LAST_WORDS_MS).unref();
      });
    }
    await withApi(globals, "read", async (api) => {
      try {
        await (api.live ? follow(api, globals, stop.signal) : poll(api, globals, stop.signal));
      } catch (error) {
        if (!stop.signal.aborted) throw error;
      }
    });
  });
}

/** The inbox's own stream. */
async function follow(api: Api, globals: Globals, signal: AbortSignal): Promise<void> {
  const { body } = await api.open("/api/stream", { signal });
  if (body === null) return;
  for await (const message of readServerSentEvents(body)) {
    const data = parse(message.data);
    if (data !== null) show(globals, data);
  }
  if (!signal.aborted) throw new CliError(EXIT.unavailable, "the inbox closed the stream");
}

/** Another process writes the store, so only looking again shows what is new. */
async function poll(api: Api, globals: Globals, signal: AbortSignal): Promise<void> {
  let from = new Date().toISOString();
  let shown = new Set<string>();
  while (!signal.aborted) {
    const found = await listItems<EventView>(api, "/api/events", { from }, 10_000);
    const events = found.map(({ value }) => value);
    for (const { eventId, receivedAt } of events.toReversed()) {
      if (!shown.has(eventId)) show(globals, { kind: "accepted", at: receivedAt, eventId, duplicate: false });
    }
    // Events of the newest instant come again with the next look.
    from = events[0]?.receivedAt ?? from;
    shown = new Set(events.map((event) => event.eventId));
    await pause(POLL_MS, signal);
  }
}

const POLL_MS = 500;
const LAST_WORDS_MS = 300;

/** A notice of the inbox's stream, as far as it is shown to people. */
interface Notice {
  readonly kind?: unknown;
  readonly at?: unknown;
  readonly eventId?: unknown;
  readonly source?: unknown;
  readonly status?: unknown;
  readonly effect?: unknown;
  readonly reason?: unknown;
  readonly duplicate?: unknown;
}

function show(globals: Globals, notice: Notice): void {
  if (globals.json) {
    printJson(notice);
    return;
  }
  const { at, kind, eventId, source, status, effect, reason, duplicate } = notice;
  const parts = [at, kind, eventId ?? source, status, effect, reason, duplicate === true ? "duplicate" : undefined];
  print(parts.flatMap((part) => (part === undefined || part === null ? [] : [visible(String(part))])).join("  "));
}

function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
