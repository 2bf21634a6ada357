import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { APIGatewayProxyResult } from "aws-lambda";
import { apiGatewayEvent } from "./api-gateway-event.ts";
import type { Invocable } from "./invocable.ts";

/** A REST API on loopback that passes every request on to one function, bodies in Base64. */
export interface RunningApiGateway {
  readonly url: string;
  stop(): Promise<void>;
}

/** `target` is asked at each request. A function that fails is answered 502, as the service does. */
export async function startApiGateway(target: () => Invocable): Promise<RunningApiGateway> {
  const server = createServer((request, response) => void pass(request, response, target()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function pass(request: IncomingMessage, response: ServerResponse, target: Invocable): Promise<void> {
  const body = Buffer.concat(await request.toArray());
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values = []]) => [name, values]),
  );
  try {
    const event = apiGatewayEvent({ method: request.method ?? "GET", path: request.url ?? "/", headers, body });
    const answer = (await target.invoke(event)) as APIGatewayProxyResult;
    response.writeHead(answer.statusCode, answer.headers as Record<string, string>);
    response.end(Buffer.from(answer.body, answer.isBase64Encoded === true ? "base64" : "utf8"));
  } catch {
    response.writeHead(502, { "content-type": "application/json" }).end('{"message": "Internal server error"}');
  }
}
