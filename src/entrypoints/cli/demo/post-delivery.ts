import { Agent, request } from "node:http";
import type { SampleDelivery } from "../sample-delivery.ts";

export type PostResult =
  | {
      readonly kind: "answered";
      readonly status: number;
      /** From the first byte sent to the whole answer. */
      readonly ms: number;
    }
  /** The connection broke: nobody knows whether the delivery was kept. */
  | { readonly kind: "no_answer" }
  /** Nobody listened: it cannot have been kept. */
  | { readonly kind: "not_sent" };

const PATIENCE_MS = 10_000;

/** Posts deliveries over connections that stay open, as providers do. */
export function openPoster(): { post(url: string, delivery: SampleDelivery): Promise<PostResult>; close(): void } {
  const agent = new Agent({ keepAlive: true });
  return {
    post: (url, { headers, body }) =>
      new Promise((resolve) => {
        const startedAt = performance.now();
        const length = { "content-length": body.byteLength };
        const options = { method: "POST", agent, headers: { ...headers, ...length }, timeout: PATIENCE_MS };
        const call = request(url, options, (response) => {
          const status = response.statusCode ?? 0;
          response.resume();
          response.on("error", () => resolve({ kind: "no_answer" }));
          response.on("end", () => resolve({ kind: "answered", status, ms: performance.now() - startedAt }));
        });
        call.on("timeout", () => call.destroy());
        call.on("error", (error: NodeJS.ErrnoException) =>
          resolve({ kind: error.code === "ECONNREFUSED" ? "not_sent" : "no_answer" }),
        );
        call.end(body);
      }),
    close: () => agent.destroy(),
  };
}
