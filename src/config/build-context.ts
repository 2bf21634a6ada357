import type { Secret } from "./config.ts";
import { formatPath, type KeyPath } from "./key-path.ts";
import type { Problems } from "./problems.ts";
import type { ResolvedTree } from "./resolve-tree.ts";
import type { SecretEntry } from "./secret-schema.ts";

/** What the parts of the configuration are built from. */
export interface BuildContext extends ResolvedTree {
  readonly problems: Problems;
  /** Relative paths in the file start here. */
  readonly baseDir: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The secret of one entry; null when it is not set, or had a problem. */
export function secretAt(path: KeyPath, entry: SecretEntry | undefined, context: BuildContext): Secret | null {
  const resolved = context.secrets.get(formatPath(path));
  if (entry === undefined || resolved === undefined || resolved.kind === "absent") return null;
  const notAfter = typeof entry === "string" ? undefined : entry.notAfter;
  return { ref: resolved.ref, value: resolved.value, notAfter: notAfter ?? null };
}

/** Whether a secret still verifies and signs at `now`, in epoch milliseconds. */
export function isValidAt(secret: Pick<Secret, "notAfter">, now: number): boolean {
  return secret.notAfter === null || now <= secret.notAfter;
}
