import { type ReferenceContext, resolveReference } from "./interpolate.ts";
import type { KeyPath } from "./key-path.ts";
import type { Problems } from "./problems.ts";
import { parseReference } from "./reference.ts";
import { valueAt } from "./value-at.ts";

/** Absent: the reference is optional and not set. */
export type ResolvedSecret =
  | { readonly kind: "value"; readonly ref: string; readonly value: string }
  | { readonly kind: "absent" };

const MIN_BYTES = 16;

/** Whether the entry at this place is a secret: a reference, or a map with one. A number stands for any index. */
export function isSecretPath(path: KeyPath): boolean {
  return SECRET_PATHS.some(
    (pattern) =>
      pattern.length === path.length &&
      pattern.every((part, at) =>
        part === "*" || typeof part === "number" ? typeof path[at] === typeof part : part === path[at],
      ),
  );
}

const SECRET_PATHS: readonly KeyPath[] = [
  ["server", "admin", "tokens", 0, "secret"],
  ["sources", "*", "secrets", 0],
  ["destinations", "*", "secret"],
  ["destinations", "*", "resign"],
];

/** What is made of one secret's entry; null when nothing is known of what is behind it. */
export type ReadSecret = (
  entry: unknown,
  path: KeyPath,
  context: ReferenceContext,
  problems: Problems,
) => ResolvedSecret | null;

/**
 * Follows the reference of one secret. Null after a problem, or when the entry has the wrong shape, which the schema
 * reports. A secret that is blank or short is a problem: it would let anyone in.
 */
export const resolveSecret: ReadSecret = (entry, path, context, problems) => {
  const written = readReference(entry, path, problems);
  if (written === null) return null;
  const fail = (message: string): null => {
    problems.add(path, message);
    return null;
  };
  const resolution = resolveReference(written.reference, context);
  if (resolution.kind === "failed") return fail(resolution.message);
  if (resolution.kind === "absent") return resolution;
  if (resolution.value.trim() === "") return fail("the secret behind the reference is empty or blank");
  if (Buffer.byteLength(resolution.value) < MIN_BYTES) {
    return fail(`the secret behind the reference is shorter than ${MIN_BYTES} bytes`);
  }
  return { ...resolution, ref: written.ref };
};

/** Checks that the entry is a reference and does not follow it. */
export const keepReference: ReadSecret = (entry, path, _, problems) => {
  readReference(entry, path, problems);
  return null;
};

function readReference(entry: unknown, path: KeyPath, problems: Problems) {
  const ref = typeof entry === "string" ? entry : valueAt(entry, "ref");
  if (typeof ref !== "string") return null;
  const reference = parseReference(ref);
  if (reference !== null) return { ref, reference };
  problems.add(path, "must be a reference such as ${env:NAME} or ${file:PATH}, never the secret itself");
  return null;
}
