import type { Command } from "commander";
import type { Query } from "./api.ts";

/** The filters of everything that chooses events, named as the API's query parameters. */
export interface EventFilter {
  readonly source?: string;
  readonly provider?: string;
  readonly type?: string;
  readonly transactionId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly q?: string;
}

export function addEventFilter(command: Command): Command {
  return command
    .option("--source <name>", "of this source")
    .option("--provider <name>", "of this provider")
    .option("--type <type>", "of this type, ours or the provider's; a prefix may end in *")
    .option("--transaction-id <id>", "of this transaction")
    .option("--from <time>", "received at or after, RFC 3339")
    .option("--to <time>", "received before, RFC 3339")
    .option("--q <text>", "whose event id or transaction id starts so");
}

/** What of the options is a filter. */
export function readEventFilter(options: EventFilter): Query {
  const { source, provider, type, transactionId, from, to, q } = options;
  return { source, provider, type, transactionId, from, to, q };
}

export function isEmptyFilter(filter: Query): boolean {
  return Object.values(filter).every((value) => value === undefined);
}
