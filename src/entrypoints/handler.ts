import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { type HandlerPool, openHandlerPool } from "../adapters/embedded/handler/handler-pool.ts";
import type { Config } from "../config/config.ts";

const HOST = fileURLToPath(new URL("../adapters/embedded/handler/handler-host.js", import.meta.url));

/** The user's module in its processes; null when the configuration names none. */
export function openHandler(config: Config, log: Logger): HandlerPool | null {
  const { handler, concurrency, handlerTimeoutMs } = config.processor;
  if (handler === null) return null;
  return openHandlerPool({
    module: handler,
    hostPath: HOST,
    size: concurrency,
    timeoutMs: handlerTimeoutMs,
    hideEnv: secretVariables(config),
    log,
  });
}

/** The environment variables that hold the inbox's own secrets: none of the handler's business. */
function secretVariables(config: Config): string[] {
  const references = [
    ...Object.values(config.sources).flatMap((source) => source.secrets),
    ...Object.values(config.destinations).flatMap(({ secret, resign }) => [secret, resign]),
  ].map((secret) => secret?.ref ?? "");
  return references.flatMap((ref) => /^\$\{env:(\w+)\??\}$/.exec(ref)?.[1] ?? []);
}
