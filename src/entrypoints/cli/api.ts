import { CliError, EXIT } from "./exit.ts";
import type { Globals } from "./globals.ts";
import { elementsOf, memberOf } from "./json-text.ts";
import type { Item } from "./output.ts";
import { readStoreConfig } from "./read-config.ts";

/** The admin API, wherever it runs: in a process behind `--url`, or in this one over the data directory or a stack. */
export interface Api {
  /** Asks and gives the text of the answer: JSON, or empty. A refusal is a `CliError`. */
  ask(method: "GET" | "POST" | "DELETE", path: string, options?: AskOptions): Promise<string>;
  /** The answer as it comes, for streams. A refusal is a `CliError`. */
  open(path: string, options?: AskOptions): Promise<Response>;
  /** Whether the API belongs to the inbox that is running, so that it can stream what happens there. */
  readonly live: boolean;
  close(): Promise<void>;
}

export interface AskOptions {
  readonly query?: Query;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Transport {
  readonly live: boolean;
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  send(url: URL, init: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** Opens the API that the global flags name. `operate` may change something and needs the data directory alone. */
async function openApi(globals: Globals, access: "read" | "operate"): Promise<Api> {
  const transport = await openTransport(globals, access);
  return {
    ask: async (method, path, options = {}) => (await exchange(transport, method, path, options)).text(),
    open: (path, options = {}) => exchange(transport, "GET", path, options),
    live: transport.live,
    close: () => transport.close(),
  };
}

async function openTransport(globals: Globals, access: "read" | "operate"): Promise<Transport> {
  if (globals.url !== undefined) return overHttp(globals.url);
  if (globals.stack === undefined) return inProcess(globals, access);
  const { overStack } = await import("./over-stack.ts");
  return overStack(globals.stack);
}

/** Runs `use` with the API and closes it in every case. */
export async function withApi<T>(
  globals: Globals,
  access: "read" | "operate",
  use: (api: Api) => Promise<T>,
): Promise<T> {
  const api = await openApi(globals, access);
  try {
    return await use(api);
  } finally {
    await api.close();
  }
}

/** Up to `limit` items of a list, through as many pages as that takes. */
export async function listItems<T>(api: Api, path: string, query: Query, limit: number): Promise<Item<T>[]> {
  const found: Item<T>[] = [];
  let cursor: string | undefined;
  do {
    const page = { ...query, limit: Math.min(limit - found.length, PAGE), cursor };
    const text = await api.ask("GET", path, { query: page });
    for (const item of elementsOf(text, "items")) found.push({ value: JSON.parse(item) as T, text: item });
    cursor = (JSON.parse(memberOf(text, "nextCursor") ?? "null") as string | null) ?? undefined;
  } while (cursor !== undefined && found.length < limit);
  return found;
}

// The largest page that the API gives.
const PAGE = 500;

function overHttp(text: string): Transport {
  const url = baseUrl(text);
  const token = process.env.STRONGROOM_TOKEN;
  return {
    live: true,
    base: url.href.replace(/\/+$/, ""),
    headers: token === undefined || token === "" ? {} : { authorization: `Bearer ${token}` },
    async send(url, init) {
      try {
        return await fetch(url, init);
      } catch (error) {
        if (init.signal?.aborted) throw error;
        throw new CliError(EXIT.unavailable, `cannot reach ${url.origin}: ${causeOf(error)}`, {
          cause: error,
        });
      }
    },
    close: async () => {},
  };
}

function baseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  // Nothing of it is said: it may hold a password.
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new CliError(EXIT.usage, "--url has to be an http or https URL without a user name or a password");
  }
  return url;
}

async function inProcess(globals: Globals, access: "read" | "operate"): Promise<Transport> {
  const config = await readStoreConfig(globals);
  const { openOffline } = await import("../offline.ts");
  const offline = await openOffline(config, access);
  return {
    live: false,
    base: "http://localhost",
    headers: {},
    send: (url, init) => offline.fetch(new Request(url, init)),
    close: () => offline.close(),
  };
}

async function exchange(transport: Transport, method: string, path: string, options: AskOptions): Promise<Response> {
  const url = new URL(transport.base + path);
  for (const [key, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined) url.searchParams.set(key, String(value));
  }
  const response = await transport.send(url, {
    method,
    // A redirect would take the token elsewhere.
    redirect: "error",
    headers: {
      ...transport.headers,
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<CliError> {
  const said = await problemOf(response);
  switch (response.status) {
    case 400:
    case 422:
      return new CliError(EXIT.usage, said);
    case 401:
    case 403:
      return new CliError(
        EXIT.failed,
        `${said} (${response.status}): STRONGROOM_TOKEN has to hold a token that may do this`,
      );
    case 404:
    case 410:
      return new CliError(EXIT.notFound, said);
    case 503:
      return new CliError(EXIT.unavailable, said);
    default:
      return new CliError(EXIT.failed, `${said} (${response.status})`);
  }
}

/** What the problem details (RFC 9457) say. */
async function problemOf(response: Response): Promise<string> {
  try {
    const { detail, title } = (await response.json()) as { detail?: unknown; title?: unknown };
    if (typeof detail === "string" && detail !== "") return detail;
    if (typeof title === "string" && title !== "") return title;
  } catch {
    // Not problem details: something else than an inbox answers there.
  }
  return `the API answered ${response.status}`;
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ECONNREFUSED") return "connection refused";
  return code ?? (cause instanceof Error ? cause.message : String(cause));
}
