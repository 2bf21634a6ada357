import type { FilterLogEvents } from "./aws-reads.ts";

/** One line of a log group. */
export interface LogLine {
  /** Epoch milliseconds, as the function wrote it. */
  readonly timestamp: number;
  /** Parsed; null when it is not JSON. */
  readonly value: unknown;
}

export interface LogSearch {
  readonly group: string;
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
  readonly pattern: string;
  /** Epoch milliseconds, inclusive. For `newest_first` not before 2024, which CloudWatch Logs refuses. */
  readonly from: number;
  readonly order: "oldest_first" | "newest_first";
  /** About how many lines are wanted. */
  readonly pageSize: number;
}

/** The lines that match, page by page as they are taken. Lines of one instant keep the order of their arrival. */
export async function* readLogLines(filterLogEvents: FilterLogEvents, search: LogSearch): AsyncGenerator<LogLine> {
  let nextToken: string | undefined;
  do {
    const page = await filterLogEvents({
      logGroupName: search.group,
      filterPattern: search.pattern,
      startTime: search.from,
      limit: Math.min(MOST_LINES, search.pageSize),
      ...(search.order === "newest_first" ? { startFromHead: false } : {}),
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    // A page may be empty while the search goes on.
    for (const { timestamp = 0, message = "" } of page.events ?? []) yield { timestamp, value: parsed(message) };
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/** Of one page, as the service allows. */
const MOST_LINES = 10_000;

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}
