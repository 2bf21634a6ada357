import { type AwsJsonAnswer, startAwsJsonServer } from "./sqs/aws-json-server.ts";

/** Amazon CloudWatch Logs for tests, on loopback: `FilterLogEvents` over lines that others hold. */
export interface RunningCloudWatchLogs {
  readonly endpoint: string;
  /** `lines` gives everything that was written to the group so far; a line's time is that of its first sight. */
  put(group: string, lines: () => readonly string[]): void;
  /** Adds a line of any time, which must not be before the last. */
  write(group: string, timestamp: number, line: string): void;
  stop(): Promise<void>;
}

interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

interface Group {
  readonly events: LogEvent[];
  readonly lines: () => readonly string[];
  taken: number;
}

/** So many lines are on a page at most, so that pages are followed; the service's own limit is 10,000. */
const PAGE = 100;
/** `startFromHead: false` is refused for an earlier time. */
const NEWEST_FIRST_SINCE = Date.UTC(2024, 0, 1);

/**
 * Filter patterns are as far as they are used: `{ $.name.name = "text" }`, where `"*"` is any text. Every other page is
 * empty, as pages of the service may be.
 * Source: CloudWatch Logs API reference, FilterLogEvents; user guide, "Filter pattern syntax".
 */
export async function startCloudWatchLogs(): Promise<RunningCloudWatchLogs> {
  const groups = new Map<string, Group>();
  const server = await startAwsJsonServer({
    target: "Logs_20140328",
    version: "1.1",
    answer: ({ operation, input }) =>
      operation === "FilterLogEvents"
        ? filter(input as unknown as Filter)
        : refusal("UnknownOperationException", operation),
  });
  return {
    endpoint: server.endpoint,
    put: (group, lines) => void groups.set(group, { events: [], lines, taken: 0 }),
    write(group, timestamp, message) {
      const found = groups.get(group) ?? { events: [], lines: () => [], taken: 0 };
      groups.set(group, found);
      found.events.push({ timestamp, message });
    },
    stop: server.stop,
  };

  function filter(input: Filter): AwsJsonAnswer {
    const group = groups.get(input.logGroupName);
    if (group === undefined) return refusal("ResourceNotFoundException", "The specified log group does not exist.");
    const newestFirst = input.startFromHead === false;
    if (newestFirst && input.startTime < NEWEST_FIRST_SINCE) {
      return refusal("InvalidParameterException", "startFromHead is not supported for this startTime.");
    }
    const matching = take(group).filter(
      ({ timestamp, message }) => timestamp >= input.startTime && matches(input.filterPattern, message),
    );
    if (newestFirst) matching.reverse();
    const { from, empty } = input.nextToken === undefined ? FIRST : (JSON.parse(input.nextToken) as Place);
    const to = empty ? from : from + Math.min(PAGE, input.limit);
    const more = to < matching.length ? { nextToken: JSON.stringify({ from: to, empty: !empty }) } : {};
    return { status: 200, body: { events: matching.slice(from, to), searchedLogStreams: [], ...more } };
  }

  function take(group: Group): readonly LogEvent[] {
    const lines = group.lines();
    for (const message of lines.slice(group.taken)) group.events.push({ timestamp: Date.now(), message });
    group.taken = lines.length;
    return group.events;
  }
}

interface Filter {
  readonly logGroupName: string;
  readonly filterPattern: string;
  readonly startTime: number;
  readonly limit: number;
  readonly startFromHead?: boolean;
  readonly nextToken?: string;
}

interface Place {
  readonly from: number;
  readonly empty: boolean;
}
const FIRST: Place = { from: 0, empty: true };

function matches(pattern: string, message: string): boolean {
  const [, path = "", wanted] = /^\{ \$\.([\w.]+) = "([^"]*)" \}$/.exec(pattern) ?? [];
  if (wanted === undefined) throw new Error(`This pattern is not known here: ${pattern}`);
  const found = path
    .split(".")
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], parsed(message));
  return typeof found === "string" && (wanted === "*" || found === wanted);
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}

function refusal(type: string, message: string): AwsJsonAnswer {
  return { status: 400, body: { __type: type, message } };
}
