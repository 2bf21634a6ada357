import { randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request of the AWS JSON protocol. */
export interface AwsJsonRequest {
  readonly operation: string;
  readonly input: Record<string, unknown>;
  readonly headers: IncomingHttpHeaders;
  /** Aborted when the client has gone or the server stops. */
  readonly signal: AbortSignal;
}

export interface AwsJsonAnswer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A server on loopback that speaks AWS JSON 1.0 or 1.1 for one service. Requests are not authenticated; one for another
 * service, or without a readable body, is refused with 400. What `answer` throws becomes a 500.
 * Source: Smithy 2.0, "AWS JSON 1.0 protocol" and "AWS JSON 1.1 protocol".
 */
export async function startAwsJsonServer(service: {
  readonly target: string;
  readonly version: "1.0" | "1.1";
  readonly answer: (request: AwsJsonRequest) => AwsJsonAnswer | Promise<AwsJsonAnswer>;
}): Promise<{ readonly endpoint: string; stop(): Promise<void> }> {
  const stopping = new AbortController();
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) =>
      reply(outgoing, { status: 500, body: { __type: "InternalFailure", message: String(error) } }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      stopping.abort();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort());
    const input = parse(await text(incoming));
    const [target, operation] = String(incoming.headers["x-amz-target"] ?? "").split(".");
    if (input === null || target !== service.target || operation === undefined) {
      return reply(outgoing, {
        status: 400,
        body: { __type: "SerializationException", message: "Not for this service." },
      });
    }
    const signal = AbortSignal.any([gone.signal, stopping.signal]);
    reply(outgoing, await service.answer({ operation, input, headers: incoming.headers, signal }));
  }

  function reply(outgoing: ServerResponse, { status, body, headers }: AwsJsonAnswer): void {
    if (outgoing.destroyed) return;
    outgoing.writeHead(status, {
      "content-type": `application/x-amz-json-${service.version}`,
      "x-amzn-requestid": randomUUID(),
      ...headers,
    });
    outgoing.end(JSON.stringify(body));
  }
}

async function text(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function parse(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
