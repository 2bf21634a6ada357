import type { lookup } from "node:dns";
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { ADDRESS_REFUSED, guardedLookup } from "./destination-address.ts";

const MAX_DRAINED_BYTES = 64 * 1024;
const MAX_RETRY_AFTER_MS = 60 * 60_000;
const IDLE_SOCKET_MS = 30_000;

export interface PostTargetOptions {
  readonly url: string;
  /** Until the status line is there, connecting included. */
  readonly timeoutMs: number;
  /** Connections at a time. */
  readonly concurrency: number;
  /** Epoch milliseconds, for a `Retry-After` that is a date. */
  readonly now: () => number;
  /** Resolves names. @default the system's */
  readonly resolve?: typeof lookup;
}

export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly signal?: AbortSignal;
}

type PostResult =
  /** Any 2xx. */
  | { readonly kind: "accepted" }
  /** `error` names the status or the network's code, nothing of the URL, the headers or the bodies. */
  | { readonly kind: "failed"; readonly error: string; readonly retryAfterMs?: number };

/** One URL that is posted to over kept connections. */
export interface PostTarget {
  /** Never throws. Redirects are not followed: they are failures. */
  post(post: Post): Promise<PostResult>;
  /** Ends the connections, those in use too. */
  close(): void;
}

export function openPostTarget(options: PostTargetOptions): PostTarget {
  const url = new URL(options.url);
  const secure = url.protocol === "https:";
  const settings = { keepAlive: true, maxSockets: options.concurrency, timeout: IDLE_SOCKET_MS };
  const agent = secure ? new HttpsAgent(settings) : new HttpAgent(settings);
  const lookup = guardedLookup(options.resolve);

  const start = ({ headers, body, signal }: Post): ClientRequest =>
    (secure ? httpsRequest : httpRequest)(url, {
      method: "POST",
      agent,
      lookup,
      headers: { ...headers, "content-length": String(body.length) },
      ...(signal === undefined ? {} : { signal }),
    });

  const attempt = (post: Post): Promise<PostResult & { readonly stale?: true }> =>
    new Promise((settle) => {
      let request: ClientRequest;
      try {
        request = start(post);
      } catch (fault) {
        return settle({ kind: "failed", error: codeOf(fault) });
      }
      const timer = setTimeout(() => {
        settle({ kind: "failed", error: `no answer within ${options.timeoutMs} ms` });
        request.destroy();
      }, options.timeoutMs);
      request.on("response", (response) => {
        settle(judge(response, options.now()));
        drain(response, request);
      });
      request.on("error", (error) => {
        const stale = request.reusedSocket && codeOf(error) === "ECONNRESET";
        settle({ kind: "failed", error: codeOf(error), ...(stale ? { stale: true } : {}) });
      });
      request.on("close", () => {
        clearTimeout(timer);
        settle({ kind: "failed", error: "the connection closed without an answer" });
      });
      return request.end(post.body);
    });

  return {
    async post(post) {
      const { stale, ...result } = await attempt(post);
      // The other side closed a kept connection just when it was used again: that says nothing about its health.
      return stale ? withoutStale(await attempt(post)) : result;
    },
    close: () => agent.destroy(),
  };
}

function withoutStale({ stale: _, ...result }: PostResult & { readonly stale?: true }): PostResult {
  return result;
}

function judge(response: IncomingMessage, now: number): PostResult {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return { kind: "accepted" };
  const retryAfterMs = readRetryAfter(response.headers["retry-after"], now);
  return { kind: "failed", error: `HTTP ${status}`, ...(retryAfterMs === null ? {} : { retryAfterMs }) };
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), as milliseconds from now, at most an hour. */
function readRetryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

// Read to the end, so that the connection can be used again, but not without end.
function drain(response: IncomingMessage, request: ClientRequest): void {
  let size = 0;
  response.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_DRAINED_BYTES) request.destroy();
  });
  response.on("error", () => {});
}

function codeOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  if (code === ADDRESS_REFUSED) return "the name leads to an address that is not allowed";
  if (name === "AbortError") return "stopped";
  return code ?? name;
}
