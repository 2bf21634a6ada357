import { ConfigError } from "../domain/errors.ts";
import type { BuildContext } from "./build-context.ts";
import { closestWord } from "./closest-word.ts";
import { applyOverrides } from "./overrides.ts";
import { collectProblems } from "./problems.ts";
import type { ReadSecret } from "./resolve-secret.ts";
import { resolveTree } from "./resolve-tree.ts";
import { fileSchema, versionSchema } from "./schema.ts";
import { validate } from "./validate.ts";
import { valueAt } from "./value-at.ts";

export interface DocumentOptions {
  /** Null for a document that no file holds. */
  readonly file: string | null;
  /** Absolute. Relative paths in the document start here. */
  readonly baseDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Takes a document in the shape of the file, with the environment's overrides and every reference followed, those to
 * secrets by `readSecret`. Throws `ConfigError` for what is no document at all; other problems are collected.
 */
export function openContext(document: unknown, options: DocumentOptions, readSecret: ReadSecret): BuildContext {
  const { baseDir, env, now } = options;
  if (document !== null && (typeof document !== "object" || Array.isArray(document))) {
    throw new ConfigError([{ path: options.file ?? "configuration", message: "must hold a map of keys" }]);
  }
  const problems = collectProblems();
  const resolved = resolveTree(applyOverrides(document, env, problems), { env, baseDir }, problems, readSecret);
  const context: BuildContext = { ...resolved, problems, baseDir, now };
  checkRoot(context);
  return context;
}

function checkRoot(context: BuildContext): void {
  validate(versionSchema, valueAt(context.tree, "version"), ["version"], context);
  const keys = Object.keys(fileSchema.shape);
  for (const key of Object.keys(context.tree ?? {})) {
    if (keys.includes(key)) continue;
    const meant = closestWord(key, keys);
    context.problems.add([key], `is not a known key${meant === undefined ? "" : `; did you mean ${meant}?`}`);
  }
}
