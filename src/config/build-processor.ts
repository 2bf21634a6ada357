import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";
import type { BuildContext } from "./build-context.ts";
import type { ProcessorConfig } from "./config.ts";
import { section } from "./sections.ts";
import { valueAt } from "./value-at.ts";

/** The processor; undefined after a problem. */
export function buildProcessor(context: BuildContext): ProcessorConfig | undefined {
  const parsed = section("processor", context);
  // As written, so that a person hears of it together with what else is wrong.
  const written = valueAt(valueAt(context.tree, "processor"), "handler");
  const handler = typeof written === "string" ? resolve(context.baseDir, written) : null;
  if (handler !== null && !isReadableFile(handler)) {
    context.problems.add(["processor", "handler"], "is not a file that can be read");
  }
  if (parsed === undefined) return undefined;
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
