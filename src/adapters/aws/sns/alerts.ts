import type { Alert, AlertKind, Alerts } from "../../../ports/alerts.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import type { SnsCalls } from "../calls/aws-calls.ts";

export interface TopicAlerts extends Alerts {
  /** Sends one alert, however many there were before. Rejects when the topic does not take it. */
  tell(kind: AlertKind, target: string, detail: string): Promise<void>;
  /**
   * Resolves when everything that was raised was sent or given up; never rejects. A function waits for it before it
   * answers, because it may be frozen right after.
   */
  flush(): Promise<void>;
}

const WINDOW_MS = 60_000;
const MAX_WINDOWS = 1000;
const MAX_SUBJECT = 99;

/**
 * Alerts for the alerts topic, and for the log. The first of a kind and target goes out at once; those that follow within
 * a minute are held back, and told as one whose `detail` ends in `(+N more)` when something is raised or flushed after it.
 * `topicArn` is null where only the log is to be told.
 */
export function openTopicAlerts(parts: {
  readonly sns: SnsCalls;
  readonly topicArn: string | null;
  /** Gets every alert that is sent, and why one could not be. */
  readonly log: Log;
  readonly clock: Clock;
}): TopicAlerts {
  const { sns, topicArn, log, clock } = parts;
  const windows = new Map<string, Window>();
  const running = new Set<Promise<void>>();

  return {
    raise(kind, target, detail) {
      closeWindows();
      const alert = alertOf(kind, clock.now(), target, detail);
      const key = `${kind} ${alert.target}`;
      const window = windows.get(key);
      if (window !== undefined) {
        window.held++;
        window.latest = alert;
        return;
      }
      open(key);
      send(alert);
    },
    async tell(kind, target, detail) {
      const alert = alertOf(kind, clock.now(), target, detail);
      log.warn({ alert: alert.kind, target: alert.target }, alert.detail);
      if (topicArn !== null) await publish(topicArn, alert);
    },
    async flush() {
      closeWindows();
      while (running.size > 0) await Promise.all(running);
    },
  };

  /** The first windows are the oldest. */
  function closeWindows(): void {
    for (const [key, { end, held, latest }] of windows) {
      if (clock.monotonic() < end) return;
      windows.delete(key);
      if (latest === null) continue;
      open(key);
      send(held === 1 ? latest : { ...latest, detail: `${latest.detail} (+${held - 1} more)` });
    }
  }

  function open(key: string): void {
    if (windows.size < MAX_WINDOWS) windows.set(key, { end: clock.monotonic() + WINDOW_MS, held: 0, latest: null });
  }

  function send(alert: Alert): void {
    log.warn({ alert: alert.kind, target: alert.target }, alert.detail);
    if (topicArn === null) return;
    const sent = publish(topicArn, alert)
      .catch((error: unknown) => log.error({ alert: alert.kind }, `alert not sent: ${(error as Error).name}`))
      .finally(() => running.delete(sent));
    running.add(sent);
  }

  async function publish(topic: string, alert: Alert): Promise<void> {
    await sns("Publish", {
      TopicArn: topic,
      Subject: subjectOf(alert),
      Message: JSON.stringify(alert),
      MessageAttributes: { kind: { DataType: "String", StringValue: alert.kind } },
    });
  }
}

interface Window {
  /** Monotonic milliseconds. */
  readonly end: number;
  held: number;
  latest: Alert | null;
}

function alertOf(kind: AlertKind, now: number, target: string, detail: string): Alert {
  return { kind, at: new Date(now).toISOString(), target: oneLine(target, 300), detail: oneLine(detail, 500) };
}

/** Foreign text may hold anything; a line break in it would forge a line of a log or a mail. */
function oneLine(text: string, maxLength: number): string {
  return text
    .slice(0, maxLength)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/\p{Cs}/gu, "\uFFFD")
    .trim();
}

/** SNS takes fewer than 100 printable ASCII characters. */
function subjectOf({ kind, target }: Alert): string {
  return `Strongroom: ${kind} ${target}`
    .replace(/[^\x20-\x7e]/gu, "?")
    .slice(0, MAX_SUBJECT)
    .trimEnd();
}
