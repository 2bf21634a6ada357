import type { lookup } from "node:dns";
import { oneLine } from "../../../domain/one-line.ts";
import type { Alert, AlertKind, Alerts } from "../../../ports/alerts.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import { openPostTarget } from "../announce/http-post.ts";
import { appendLine } from "./append-line.ts";

const WINDOW_MS = 60_000;
const MAX_WINDOWS = 10_000;
const MAX_QUEUED = 1000;
const HTTP_TIMEOUT_MS = 5000;
const HTTP_TRIES = 3;
const HTTP_RETRY_MS = 1000;

type AlertSink =
  /** One JSON object per line. The path is absolute. */
  { readonly kind: "file"; readonly path: string } | { readonly kind: "http"; readonly url: string };

export interface AlertSinksOptions {
  readonly sinks: readonly AlertSink[];
  readonly clock: Clock;
  /** Gets every alert that is sent, and what went wrong with a sink. */
  readonly log: Log;
  /** How long alerts of one kind about one target are gathered after one was sent. @default a minute */
  readonly windowMs?: number;
  /** Between the tries of an HTTP sink; the second wait is four times as long. @default a second */
  readonly retryMs?: number;
  /** Resolves names. @default the system's */
  readonly resolve?: typeof lookup;
}

export interface AlertSinks extends Alerts {
  /** Sends what was gathered and waits up to `graceMs` for the sinks. What is raised later is only logged. */
  flush(graceMs: number): Promise<void>;
}

/**
 * Sends alerts to files and URLs: the first of a kind and target at once, those that follow within a minute as one
 * whose `detail` ends in `(+N more)`. A slow or dead sink holds up nothing: what it cannot take is dropped and logged.
 */
export function openAlerts(options: AlertSinksOptions): AlertSinks {
  const { clock, log, windowMs = WINDOW_MS } = options;
  const stop = new AbortController();
  const lanes = options.sinks.map((sink) => openLane(sink, options, stop.signal));
  const windows = new Map<string, Window>();
  let closed = false;

  const send = (alert: Alert): void => {
    log.warn({ alert: alert.kind, target: alert.target }, alert.detail);
    if (!closed) for (const lane of lanes) lane.push(alert);
  };
  const open = (key: string): void => {
    const timer = setTimeout(() => {
      const window = windows.get(key);
      windows.delete(key);
      if (window?.latest === undefined) return;
      send(summary(window.latest, window.gathered));
      open(key);
    }, windowMs).unref();
    windows.set(key, { timer, gathered: 0, latest: undefined });
  };

  return {
    raise(kind, target, detail) {
      const alert = alertOf(kind, clock.now(), target, detail);
      const key = `${kind} ${alert.target}`;
      const window = windows.get(key);
      if (window !== undefined) {
        window.gathered++;
        window.latest = alert;
        return;
      }
      send(alert);
      if (windows.size < MAX_WINDOWS && !closed) open(key);
    },
    async flush(graceMs) {
      for (const { timer, latest, gathered } of windows.values()) {
        clearTimeout(timer);
        if (latest !== undefined) send(summary(latest, gathered));
      }
      windows.clear();
      closed = true;
      const timer = setTimeout(() => stop.abort(), graceMs);
      await Promise.all(lanes.map((lane) => lane.end()));
      clearTimeout(timer);
    },
  };
}

interface Window {
  readonly timer: NodeJS.Timeout;
  gathered: number;
  latest: Alert | undefined;
}

function alertOf(kind: AlertKind, now: number, target: string, detail: string): Alert {
  return { kind, at: new Date(now).toISOString(), target: oneLine(target, 300), detail: oneLine(detail, 500) };
}

function summary(latest: Alert, gathered: number): Alert {
  return gathered === 1 ? latest : { ...latest, detail: `${latest.detail} (+${gathered - 1} more)` };
}

/** The queue before one sink. */
interface Lane {
  push(alert: Alert): void;
  /** Resolves when everything was sent or given up. */
  end(): Promise<void>;
}

function openLane(sink: AlertSink, options: AlertSinksOptions, signal: AbortSignal): Lane {
  const deliver = sink.kind === "file" ? fileDelivery(sink.path) : httpDelivery(sink.url, options, signal);
  const queue: Alert[] = [];
  let dropped = 0;
  let working: Promise<void> | null = null;

  const work = async (): Promise<void> => {
    for (let alert = queue.shift(); alert !== undefined; alert = queue.shift()) {
      const failure = signal.aborted ? "the inbox stopped first" : await deliver.send(alert);
      if (failure !== null) options.log.error({ alert: alert.kind, sink: sink.kind }, `alert not sent: ${failure}`);
    }
    if (dropped > 0) options.log.error({ sink: sink.kind }, `${dropped} alerts not sent: too many at once`);
    dropped = 0;
    working = null;
  };
  return {
    push(alert) {
      if (queue.length >= MAX_QUEUED) {
        dropped++;
        return;
      }
      queue.push(alert);
      // Not before the caller has gone on: raising an alert never waits.
      working ??= Promise.resolve().then(work);
    },
    async end() {
      await working;
      deliver.close();
    },
  };
}

interface Delivery {
  /** Null when it was sent, otherwise why not, in one line. Never rejects. */
  send(alert: Alert): Promise<string | null>;
  close(): void;
}

function fileDelivery(path: string): Delivery {
  return {
    send: (alert) =>
      appendLine(path, JSON.stringify(alert)).then(
        () => null,
        (error: NodeJS.ErrnoException) => error.code ?? error.name,
      ),
    close() {},
  };
}

function httpDelivery(url: string, options: AlertSinksOptions, signal: AbortSignal): Delivery {
  const { clock, resolve, retryMs = HTTP_RETRY_MS } = options;
  const target = openPostTarget({
    url,
    timeoutMs: HTTP_TIMEOUT_MS,
    concurrency: 1,
    now: () => clock.now(),
    ...(resolve ? { resolve } : {}),
  });
  const headers = { "content-type": "application/json", "user-agent": "strongroom" };
  return {
    async send(alert) {
      const body = Buffer.from(JSON.stringify(alert));
      for (let n = 1; ; n++) {
        const result = await target.post({ headers, body, signal });
        if (result.kind === "accepted") return null;
        if (n === HTTP_TRIES || signal.aborted) return result.error;
        await pause(retryMs * 4 ** (n - 1), signal);
      }
    },
    close: () => target.close(),
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    timer.unref();
  });
}
