import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import { CallError } from "./call-error.ts";

export interface HttpLimits {
  /** Milliseconds until the connection stands. */
  readonly connectionMs: number;
  /** Milliseconds for the whole exchange, to the last byte of the answer. */
  readonly requestMs: number;
  readonly answerBytes: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One POST. Rejects with a `CallError` when there is no whole answer; redirects are answers like any other. */
export type Post = (headers: Readonly<Record<string, string>>, body: string) => Promise<Answer>;

/** Posts to one URL over connections that are kept alive. Only the module for its scheme is loaded. */
export function openPost(url: URL, limits: HttpLimits): Post {
  const { Agent, request } = transportOf(url.protocol);
  const target = {
    method: "POST",
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port,
    path: url.pathname,
    // As many connections as the SDK allows: far more than one function has calls at a time.
    agent: new Agent({ keepAlive: true, maxSockets: 50 }),
  };
  return (headers, body) => exchange(request({ ...target, headers }), Buffer.from(body), limits, url.host);
}

/**
 * Not imported: an import reads every export of a module, and among those of `node:http` on Node 24 is `WebSocket`,
 * for which Node then loads a whole client of its own.
 */
function transportOf(protocol: string): Pick<typeof import("node:http"), "Agent" | "request"> {
  if (protocol === "https:") return process.getBuiltinModule("node:https");
  if (protocol === "http:") return process.getBuiltinModule("node:http");
  throw new Error("An AWS endpoint begins with https:// or http://.");
}

function exchange(request: ClientRequest, body: Buffer, limits: HttpLimits, host: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const connecting = setTimeout(() => {
      fail("TimeoutError", `no connection within ${limits.connectionMs} ms`);
    }, limits.connectionMs);
    const answering = setTimeout(() => {
      fail("TimeoutError", `no whole answer within ${limits.requestMs} ms`);
    }, limits.requestMs);
    let settled = false;
    const settle = () => {
      settled = true;
      clearTimeout(connecting);
      clearTimeout(answering);
    };
    const fail = (name: string, what: string) => {
      // The events of an exchange that is over: its connection may be another's by now.
      if (settled) return;
      settle();
      reject(new CallError(name, `${host}: ${what}.`));
      request.destroy();
    };
    const broken = (error: NodeJS.ErrnoException) => fail(nameOf(error.code), error.code ?? "the connection broke");

    request.once("socket", (socket) => {
      if (socket.connecting) socket.once("connect", () => clearTimeout(connecting));
      else clearTimeout(connecting);
    });
    request.on("error", broken);
    request.once("close", () => fail("TimeoutError", "closed without an answer"));
    request.once("response", (response) => {
      response.on("error", broken);
      read(response, limits.answerBytes, fail, (text) => {
        settle();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    request.end(body);
  });
}

function read(
  response: IncomingMessage,
  limit: number,
  fail: (name: string, what: string) => void,
  done: (text: string) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limit) fail("AnswerTooLarge", `an answer of more than ${limit} bytes`);
    else chunks.push(chunk);
  });
  // Not emitted for an answer that was broken off.
  response.once("end", () => done(Buffer.concat(chunks).toString()));
}

/** The same codes as in the SDK; what is in neither list does not get better by trying again. */
function nameOf(code: string | undefined): string {
  if (code !== undefined && BROKEN_OFF.has(code)) return "TimeoutError";
  return code !== undefined && NO_WAY.has(code) ? "NetworkError" : "ConnectionError";
}

const BROKEN_OFF = new Set(["ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT"]);
const NO_WAY = new Set(["EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"]);
