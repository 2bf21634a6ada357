import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import { afterEach } from "vitest";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Runs `close` after the test. */
export function afterTest(close: () => void): void {
  closing.push(close);
}

export interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export const ok: RequestListener = (_, response) => response.end("thanks");

export const status =
  (code: number, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(code, headers).end();

/** An HTTP server on loopback that keeps what it got and then answers; gone after the test. */
export async function serve(
  answer: RequestListener,
): Promise<{ url: string; port: number; received: Received[]; stop: () => Promise<void> }> {
  const received: Received[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ headers: request.headers, body: Buffer.concat(chunks) });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterTest(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { url: `http://127.0.0.1:${port}/hook?key=hidden`, port, received, stop };
}

/** A server that speaks whatever `talk` does; gone after the test. */
export async function serveSockets(talk: (socket: Socket) => void): Promise<string> {
  const server = createSocketServer((socket) => {
    socket.on("error", () => {});
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterTest(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
