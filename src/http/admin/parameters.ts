import type { EventStatus } from "../../domain/event-state.ts";
import type { TransactionStatus } from "../../domain/transaction.ts";
import { FINE_WINDOW_MS, SERIES_WINDOW_MS } from "../series.ts";

/** One query parameter or filter field: how it is read and how it is described. */
export interface Parameter<T> {
  readonly describe: string;
  /** JSON Schema, for the API's description. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Undefined when the text is not acceptable. */
  readonly read: (text: string) => T | undefined;
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** What was read. A parameter that was not sent is absent. */
export type Values<P extends Parameters> = {
  readonly [K in keyof P]?: P[K] extends Parameter<infer T> ? T : never;
};

export type ReadValues<P extends Parameters> =
  | { readonly ok: true; readonly values: Values<P> }
  /** `why` says what was expected and holds nothing of what was sent. */
  | { readonly ok: false; readonly parameter: string; readonly why: string };

/** Reads every pair or names the first that is unknown, repeated or not acceptable. */
export function readValues<P extends Parameters>(
  pairs: Iterable<readonly [string, string]>,
  parameters: P,
): ReadValues<P> {
  const values = new Map<string, unknown>();
  for (const [name, text] of pairs) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    // The name is shown, so a long one is cut.
    if (parameter === undefined) return { ok: false, parameter: name.slice(0, 64), why: "is not known here" };
    if (values.has(name)) return { ok: false, parameter: name, why: "may be given only once" };
    const value = parameter.read(text);
    if (value === undefined) return { ok: false, parameter: name, why: `has to be: ${parameter.describe}` };
    values.set(name, value);
  }
  return { ok: true, values: Object.fromEntries(values) as Values<P> };
}

const EVENT_STATUSES = ["received", "processed", "quarantined", "dead"] as const satisfies readonly EventStatus[];
const TRANSACTION_STATUSES = [
  "unknown",
  "pending",
  "processing",
  "authorized",
  "succeeded",
  "failed",
  "canceled",
  "expired",
  "partially_refunded",
  "refunded",
  "disputed",
  "charged_back",
] as const satisfies readonly TransactionStatus[];

const source = matching(/^[a-z0-9-]{1,40}$/, "a source name");
const provider = matching(/^[a-z0-9-]{1,40}$/, "a provider name");
const from = time("a time (RFC 3339); from then on");
const to = time("a time (RFC 3339); before then");
const q = text(255, "the start of an event id, provider event id, transaction id or payment id");

/** The filter of everything that picks events in bulk. */
export const BULK_FILTER = {
  source,
  provider,
  type: text(255, "one of the inbox's types, a provider's type, or a prefix that ends in *"),
  transactionId: text(300, "a transaction id"),
  from,
  to,
  q,
};

export const EVENT_FILTER = { ...BULK_FILTER, status: choice(EVENT_STATUSES) };

export const TRANSACTION_FILTER = { source, provider, status: choice(TRANSACTION_STATUSES), from, to, q };

/** Which part of a list. */
export const PAGE = {
  cursor: matching(/^[\w.~:+/=-]{1,1024}$/, "the nextCursor of the page before"),
  limit: whole(1, 500, "a whole number from 1 to 500"),
};
export const DEFAULT_LIMIT = 50;

export const AUDIT_PAGE = {
  after: whole(0, Number.MAX_SAFE_INTEGER, "the seq of the last record that is known"),
  cursor: whole(0, Number.MAX_SAFE_INTEGER, "the nextCursor of the page before; the same as after"),
  limit: PAGE.limit,
};

export const REJECTIONS_PAGE = { limit: PAGE.limit };

export const STATS_WINDOW = {
  window: duration(1000, SERIES_WINDOW_MS, "a duration from 1s to 24h"),
  step: duration(
    1000,
    SERIES_WINDOW_MS,
    `whole seconds for a window of up to ${FINE_WINDOW_MS / 60_000}m, else minutes`,
  ),
};

export const DRY_RUN = { dryRun: choice(["true", "false"] as const) };

function text(maxLength: number, describe: string): Parameter<string> {
  return {
    describe: `${describe}; 1 to ${maxLength} characters`,
    schema: { type: "string", minLength: 1, maxLength },
    read: (sent) => (sent.length >= 1 && sent.length <= maxLength && !/\p{Cc}/u.test(sent) ? sent : undefined),
  };
}

function matching(pattern: RegExp, describe: string): Parameter<string> {
  return {
    describe,
    schema: { type: "string", pattern: pattern.source },
    read: (sent) => (pattern.test(sent) ? sent : undefined),
  };
}

function choice<T extends string>(of: readonly T[]): Parameter<T> {
  return {
    describe: `one of ${of.join(", ")}`,
    schema: { type: "string", enum: of },
    read: (sent) => of.find((known) => known === sent),
  };
}

function whole(min: number, max: number, describe: string): Parameter<number> {
  return {
    describe,
    schema: { type: "integer", minimum: min, maximum: max },
    read(sent) {
      const number = /^\d{1,16}$/.test(sent) ? Number(sent) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    },
  };
}

function time(describe: string): Parameter<string> {
  const pattern = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?$/;
  return {
    describe,
    schema: { type: "string", format: "date-time" },
    read(sent) {
      const at = pattern.test(sent) ? Date.parse(sent) : Number.NaN;
      return Number.isNaN(at) ? undefined : new Date(at).toISOString();
    },
  };
}

function duration(min: number, max: number, describe: string): Parameter<number> {
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return {
    describe,
    schema: { type: "string", pattern: "^\\d{1,9}(ms|s|m|h|d)$" },
    read(sent) {
      const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(sent) ?? [];
      const ms = unit === undefined ? Number.NaN : Number(count) * (units[unit] as number);
      return ms >= min && ms <= max ? ms : undefined;
    },
  };
}
