import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { IngestConfig } from "../config/config.ts";
import type { Source } from "../domain/source.ts";
import type { Receive } from "../pipeline/receive.ts";
import type { Clock } from "../ports/clock.ts";
import type { Metrics, Rejection } from "../ports/metrics.ts";
import { answerClientError, answerRaw } from "./client-error.ts";
import { createDeadlines } from "./deadlines.ts";
import type { Exchange } from "./exchange.ts";
import { type Expectation, takeRequest } from "./ingest-request.ts";
import { createTokenBuckets } from "./token-buckets.ts";

export interface IngestDeps {
  /** Asked at each request, so that a reload takes effect without a restart. */
  readonly sources: () => ReadonlyMap<string, Source>;
  readonly limits: () => Pick<IngestConfig, "maxBodyBytes" | "rateLimit">;
  readonly receive: Receive;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** A fault that was answered 500 or 503, with the request id of that answer. For the log. */
  readonly onFault: (error: unknown, requestId: string) => void;
  /** After each acknowledgement. */
  readonly onAccepted?: (eventId: string, duplicate: boolean) => void;
  /** After each refusal that belongs to a request. */
  readonly onRefused?: (rejection: Rejection) => void;
  /** How long a request's head, and then its body, may take, in milliseconds. Default 10 s. */
  readonly patienceMs?: number;
}

export interface IngestServer {
  /** Resolves when connections are accepted. Port 0 takes a free one. */
  listen(host: string, port: number): Promise<AddressInfo>;
  /** Accepts nothing new, lets requests in flight finish for `graceMs`, then ends every connection. */
  close(graceMs: number): Promise<void>;
}

/**
 * The public listener: `POST /webhooks/{source}` and `GET /livez`, and nothing else. It sits on `node:http` directly
 * because a framework costs a fifth to a third of what the machine can acknowledge.
 */
export function createIngestServer(deps: IngestDeps): IngestServer {
  const patienceMs = deps.patienceMs ?? 10_000;
  const exchanges = new Set<Exchange>();
  const connections = new Set<Socket>();
  /** Between two requests, the one that waits longest first. */
  const idle = new Set<Socket>();
  const deadlines = createDeadlines(deps.clock, patienceMs);
  let closing = false;
  const context = {
    ...deps,
    exchanges,
    deadlines,
    buckets: createTokenBuckets(deps.clock),
    closing: () => closing,
  };

  const server = createServer({
    maxHeaderSize: 16 * 1024,
    headersTimeout: patienceMs,
    // Only a backstop, counted from the first byte: the body has its own limit.
    requestTimeout: 3 * patienceMs,
    connectionsCheckingInterval: Math.max(10, Math.min(1000, Math.floor(patienceMs / 4))),
    // Longer than the minute that load balancers keep a connection, so that they close it first.
    keepAliveTimeout: 65_000,
    // A missing host is answered in our own words.
    requireHostHeader: false,
    insecureHTTPParser: false,
  });
  // Bounded by their size; beyond Node's default number headers would be dropped in silence.
  server.maxHeadersCount = 0;

  const take = (expects: Expectation) => (req: IncomingMessage, res: ServerResponse) => {
    const { socket } = req;
    idle.delete(socket);
    res.once("close", () => {
      if (connections.has(socket)) idle.add(socket);
    });
    takeRequest(req, res, expects, context);
  };
  server.on("request", take("none"));
  server.on("checkContinue", take("wait"));
  server.on("checkExpectation", take("unknown"));
  server.on("connect", (_req, socket) => answerRaw("unknown_source", socket, context));
  server.on("clientError", (error, socket) => answerClientError(error, socket, context));
  server.on("connection", (socket) => {
    // Whoever keeps connections and sends nothing must not keep a provider out: the one that waits longest goes.
    if (connections.size >= MAX_CONNECTIONS) (idle.values().next().value ?? socket).destroy();
    connections.add(socket);
    idle.add(socket);
    socket.on("close", () => {
      connections.delete(socket);
      idle.delete(socket);
    });
  });

  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port, backlog: 1024 }, () => {
          server.off("error", reject);
          resolve(server.address() as AddressInfo);
        });
      }),
    close: async (graceMs) => {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Node closes connections that wait between two requests; those that never sent a byte would wait for nothing.
      for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
      deadlines.close();
    },
  };
}

// With bodies of the default limit, all of them half sent: 512 MiB.
const MAX_CONNECTIONS = 2048;
