import { oneLine } from "../../../domain/one-line.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";

export interface FunctionLogParts {
  readonly functionName: string;
  /** As in the configuration: what is less severe is not written. */
  readonly level: LogLevel;
  readonly clock: Pick<Clock, "now">;
  /** Takes what must not be kept out of a text of foreign origin. */
  readonly redact: (text: string) => string;
  /** The X-Ray header of the current invocation. */
  readonly trace: () => string | undefined;
  /** Takes one line without its end. @default standard output */
  readonly write?: (line: string) => void;
}

/** The process log of one function. */
export interface FunctionLog extends Log {
  /** Lines from now on belong to this invocation; those of the environment's first one say that it was a cold start. */
  begin(requestId: string): void;
}

type LogLevel = keyof typeof SEVERITY;
const SEVERITY = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, fatal: 5, silent: 6 } as const;

/** What a line may hold. Everything else is left out, because payload and secrets must never get here by accident. */
const ALLOWED = new Set([
  "requestId",
  "eventId",
  "transactionId",
  "messageId",
  "source",
  "provider",
  "type",
  "target",
  "kind",
  "action",
  "actor",
  "outcome",
  "effect",
  "code",
  "reason",
  "status",
  "attempt",
  "count",
  "batch",
  "bodyBytes",
  "durationMs",
  "error",
]);
const MAX_MESSAGE = 2000;
const MAX_TEXT = 500;

/**
 * Writes one JSON object per line: `level`, `at`, `message`, `function`, where they are known `requestId`, `traceId` and
 * `coldStart`, and of the given fields those on the list, as far as they are single values. `droppedFields` says how many
 * were not. Texts are cut to one line and redacted.
 */
export function openFunctionLog(parts: FunctionLogParts): FunctionLog {
  const { functionName, clock, redact, trace, write = toStdout } = parts;
  let requestId: string | null = null;
  let coldStart = true;

  return {
    info: (fields, message) => line("info", fields, message),
    warn: (fields, message) => line("warn", fields, message),
    error: (fields, message) => line("error", fields, message),
    begin(id) {
      if (requestId !== null) coldStart = false;
      requestId = id;
    },
  };

  function line(level: "info" | "warn" | "error", fields: object, message: string): void {
    if (SEVERITY[level] < SEVERITY[parts.level]) return;
    const traceId = /(?:^|;)Root=([\w-]{1,64})/.exec(trace() ?? "")?.[1];
    write(
      JSON.stringify({
        level,
        at: new Date(clock.now()).toISOString(),
        message: clean(message, MAX_MESSAGE),
        function: functionName,
        ...(requestId === null ? {} : { requestId }),
        ...(traceId === undefined ? {} : { traceId }),
        ...(coldStart ? { coldStart } : {}),
        ...allowed(fields),
      }),
    );
  }

  function allowed(fields: object): Record<string, unknown> {
    const kept: Record<string, unknown> = {};
    let dropped = 0;
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined || value === null) continue;
      if (!ALLOWED.has(name) || typeof value === "object" || typeof value === "function") dropped++;
      else
        kept[name] = typeof value === "number" || typeof value === "boolean" ? value : clean(String(value), MAX_TEXT);
    }
    return dropped === 0 ? kept : { ...kept, droppedFields: dropped };
  }

  // Cut after it is redacted: half a card number would not be recognised as one.
  function clean(text: string, length: number): string {
    return oneLine(redact(oneLine(text, 2 * length)), length);
  }
}

function toStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}
