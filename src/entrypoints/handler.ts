import { fileURLToPath } from "node:url";
import { type HandlerPool, openHandlerPool } from "../adapters/embedded/handler/handler-pool.ts";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../domain/errors.ts";
import { redactText } from "../pipeline/redact.ts";
import type { Log } from "../ports/log.ts";

const HOST = fileURLToPath(new URL("../adapters/embedded/handler/handler-host.js", import.meta.url));

/**
 * The user's module in its processes, the first of which has imported it; null when the configuration names none.
 * Rejects with a `ConfigError` when it cannot be imported or exports no `onEvent`.
 */
export async function openHandler(config: Config, log: Log): Promise<HandlerPool | null> {
  const { handler, concurrency, handlerTimeoutMs } = config.processor;
  if (handler === null) return null;
  const pool = openHandlerPool({
    module: handler,
    hostPath: HOST,
    size: concurrency,
    timeoutMs: handlerTimeoutMs,
    hideEnv: secretVariables(config),
    log: redacting(log),
  });
  const loaded = await pool.load();
  if (loaded.kind === "done") return pool;
  await pool.close(0);
  throw new ConfigError([{ path: "processor.handler", message: redactText(loaded.error) }]);
}

/** What a handler prints is its own business, but card numbers stay out of our log. */
function redacting(log: Log): Log {
  const write = (level: "info" | "warn" | "error") => (fields: object, message: string) =>
    log[level](fields, redactText(message));
  return { info: write("info"), warn: write("warn"), error: write("error") };
}

/** The environment variables that hold the inbox's own secrets: none of the handler's business. */
function secretVariables(config: Config): string[] {
  const references = [
    ...Object.values(config.sources).flatMap((source) => source.secrets),
    ...Object.values(config.destinations).flatMap(({ secret, resign }) => [secret, resign]),
  ].map((secret) => secret?.ref ?? "");
  // Admin tokens and whatever else the file refers to.
  const written = Object.values(config.written ?? {});
  return [...references, ...written].flatMap((text) =>
    [...text.matchAll(/\$\{env:(\w+)\??\}/g)].map(([, name]) => name as string),
  );
}
