import { dirname, relative, resolve } from "node:path";
import { ConfigError } from "../domain/errors.ts";
import type { FunctionConfig } from "./function-config.ts";

const MARKER = "strongroomCompiledConfig";
const FORMAT = 1;

/**
 * The configuration as JSON that `readCompiledConfig` reads without a parser or a schema, which cost more of a cold start
 * than everything else. Secrets are in it as references only; all other references are followed and defaults filled in.
 * Paths are relative, so that the file can be moved together with what stood beside it.
 */
export function compileConfig(config: FunctionConfig): string {
  const base = dirname(config.file);
  const { file: _, ...rest } = withPaths(config, (path) => relative(base, path));
  return `${JSON.stringify({ [MARKER]: FORMAT, ...rest })}\n`;
}

/**
 * Reads what `compileConfig` wrote; `file` is the absolute path it was read from. Null for any other text. Throws
 * `ConfigError` when another version of the program wrote it.
 */
export function readCompiledConfig(text: string, file: string): FunctionConfig | null {
  const parsed = parse(text);
  if (parsed === null || !Object.hasOwn(parsed, MARKER)) return null;
  const { [MARKER]: format, ...rest } = parsed;
  if (format !== FORMAT) {
    throw new ConfigError([{ path: file, message: "was compiled by another version of Strongroom; compile it again" }]);
  }
  const base = dirname(file);
  return withPaths({ ...(rest as Omit<FunctionConfig, "file">), file }, (path) => resolve(base, path));
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function withPaths(config: FunctionConfig, change: (path: string) => string): FunctionConfig {
  const { processor } = config;
  const sources = Object.entries(config.sources).map(([name, source]) => {
    const { certs } = source.settings as { readonly certs?: { readonly dir?: unknown } };
    if (typeof certs?.dir !== "string") return [name, source] as const;
    return [
      name,
      { ...source, settings: { ...source.settings, certs: { ...certs, dir: change(certs.dir) } } },
    ] as const;
  });
  return {
    ...config,
    sources: Object.fromEntries(sources),
    processor: { ...processor, handler: processor.handler === null ? null : change(processor.handler) },
  };
}
