import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";
import type { BuildContext } from "./build-context.ts";
import type { ProcessorConfig } from "./config.ts";
import { section } from "./sections.ts";

/** The processor; undefined after a problem. */
export function buildProcessor(context: BuildContext): ProcessorConfig | undefined {
  const parsed = section("processor", context);
  if (parsed === undefined) return undefined;
  const handler = parsed.handler === undefined ? null : resolve(context.baseDir, parsed.handler);
  if (handler !== null && !isReadableFile(handler)) {
    context.problems.add(["processor", "handler"], "is not a file that can be read");
  }
  return {
    batchSize: parsed.batchSize,
    concurrency: parsed.concurrency,
    handler,
    handlerTimeoutMs: parsed.handlerTimeout,
    retry: { maxAttempts: parsed.retry.maxAttempts, baseMs: parsed.retry.base, maxMs: parsed.retry.max },
  };
}

function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
