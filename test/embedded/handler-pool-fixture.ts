import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";
import {
  type HandlerPool,
  type HandlerPoolOptions,
  openHandlerPool,
} from "../../src/adapters/embedded/handler/handler-pool.ts";
import type { PaymentEvent } from "../../src/domain/payment-event.ts";
import type { HandlerCall } from "../../src/ports/handler.ts";

const here = (name: string): string =>
  fileURLToPath(new URL(`../../src/adapters/embedded/handler/${name}`, import.meta.url));
/** Of the test file; removed when it is over. */
export const folder = mkdtempSync(join(tmpdir(), "handler-pool-"));
export const hostPath = join(folder, "host.mjs");
const opened: HandlerPool[] = [];
let modules = 0;

// Real processes on a busy machine take their time to start.
vi.setConfig({ testTimeout: 30_000 });
beforeAll(() => compile("handler-host.ts", hostPath));
afterEach(async () => {
  await Promise.all(opened.splice(0).map((pool) => pool.close(0)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bundles a source file of the adapter, so that a plain Node process can run it. */
export async function compile(source: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [here(source)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
}

/** Writes a handler module and gives its path. */
export function moduleOf(source: string): string {
  const path = join(folder, `handlers-${++modules}.mjs`);
  writeFileSync(path, source);
  return path;
}

interface LogLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A pool over a module with this source; closed after the test. */
export function open(
  source: string,
  options: Partial<HandlerPoolOptions> = {},
): { pool: HandlerPool; lines: LogLine[]; module: string } {
  const lines: LogLine[] = [];
  const to = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields: fields as Record<string, unknown>, message });
  };
  const module = options.module ?? moduleOf(source);
  const log = { info: to("info"), warn: to("warn"), error: to("error") };
  const pool = openHandlerPool({ hostPath, size: 1, timeoutMs: 10_000, log, ...options, module });
  opened.push(pool);
  return { pool, lines, module };
}

export function callFor(eventId: string, more: Partial<HandlerCall> = {}): HandlerCall {
  const event: PaymentEvent = {
    eventId: `shop:${eventId}`,
    source: "shop",
    provider: "generic",
    providerEventId: eventId,
    providerType: "paid",
    type: "payment.succeeded",
    kind: "payment",
    transactionId: "shop:p1",
    occurredAt: null,
    amountMinor: "1999",
    currency: "EUR",
    receivedAt: "2025-01-15T10:30:00.000Z",
  };
  return { event, attempt: 1, idempotencyKey: event.eventId, transaction: undefined, ...more };
}

export const failure = (error: string | RegExp, permanent = false) => ({
  kind: "failed",
  permanent,
  error: typeof error === "string" ? error : expect.stringMatching(error),
});

/** A handler that runs `misbehave` for the event `bad` and agrees to every other. */
export const badHandler = (misbehave: string): string =>
  `import fs from "node:fs";
   export async function onEvent(event, ctx) { if (event.providerEventId === "bad") { ${misbehave} } }`;
