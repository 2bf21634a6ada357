import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { AdminApp } from "./app.ts";

export interface AdminListener {
  readonly address: AddressInfo;
  /** Accepts nothing new, lets requests in flight finish for `graceMs`, then ends every connection. */
  close(graceMs: number): Promise<void>;
}

/** Serves the admin app over HTTP. Resolves when connections are accepted; port 0 takes a free one. */
export async function serveAdmin(app: AdminApp, host: string, port: number): Promise<AdminListener> {
  const server = createAdaptorServer({
    fetch: (request, { incoming }) => app.fetch(request, { remoteAddress: incoming.socket.remoteAddress ?? null }),
    // The same process calls the app with the platform's own Request and Response.
    overrideGlobalObjects: false,
    serverOptions: { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1000 },
  }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });

  return {
    address: server.address() as AddressInfo,
    close: async (graceMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}
