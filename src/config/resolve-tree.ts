import { interpolate, type ReferenceContext } from "./interpolate.ts";
import { formatPath, type KeyPath } from "./key-path.ts";
import type { Problems } from "./problems.ts";
import { parseReference } from "./reference.ts";
import { isSecretPath, type ReadSecret, type ResolvedSecret } from "./resolve-secret.ts";

export interface ResolvedTree {
  /** What the file says with every reference followed, except those to secrets. Empty keys are left out. */
  readonly tree: unknown;
  /** By the path of the secret's entry; those with problems are not in it. */
  readonly secrets: ReadonlyMap<string, ResolvedSecret>;
  /** See `Config.written`. */
  readonly written: Map<string, string>;
}

/**
 * Follows every reference, those to secrets by `readSecret`. What cannot be followed is a problem and is left out of the
 * tree.
 */
export function resolveTree(
  tree: unknown,
  context: ReferenceContext,
  problems: Problems,
  readSecret: ReadSecret,
): ResolvedTree {
  const secrets = new Map<string, ResolvedSecret>();
  const written = new Map<string, string>();
  return { tree: walk(tree, []), secrets, written };

  function walk(value: unknown, path: KeyPath): unknown {
    if (isSecretPath(path)) {
      const secret = readSecret(value, path, context, problems);
      if (secret !== null) secrets.set(formatPath(path), secret);
      return value;
    }
    if (typeof value === "string") return follow(value, path);
    if (Array.isArray(value)) {
      const items = isSecretPath([...path, 0]) ? value : value.filter(isPresent);
      return items.map((item, index) => walk(item, [...path, index]));
    }
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined && (item !== null || holdsNames(path))));
  }

  function follow(text: string, path: KeyPath): string | undefined {
    if (!text.includes("${")) return text;
    const resolution = interpolate(text, context);
    if (resolution.kind === "failed") problems.add(path, resolution.message);
    if (resolution.kind !== "value") return undefined;
    written.set(formatPath(path), text);
    return resolution.value;
  }

  /** Entries of a list that are optional and not set go first, so that paths count what is left; a secret keeps its place. */
  function isPresent(item: unknown): boolean {
    const reference = typeof item === "string" ? parseReference(item) : null;
    return reference === null || !reference.optional || interpolate(String(item), context).kind !== "absent";
  }
}

/** A name that people chose does not vanish because nothing follows it. */
function holdsNames(path: KeyPath): boolean {
  return path.length === 1 && (path[0] === "sources" || path[0] === "destinations");
}
