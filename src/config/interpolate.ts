import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { parseReference, type Reference } from "./reference.ts";

/** Where references lead. Relative files are looked for in `baseDir`. */
export interface ReferenceContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly baseDir: string;
}

/** What became of a reference. `message` never holds a value. */
export type Resolution =
  | { readonly kind: "value"; readonly value: string }
  /** Optional, and not set. */
  | { readonly kind: "absent" }
  | { readonly kind: "failed"; readonly message: string };

const MAX_FILE_BYTES = 64 * 1024;

/** Follows one reference. A file loses one trailing newline. */
export function resolveReference(reference: Reference, context: ReferenceContext): Resolution {
  switch (reference.kind) {
    case "env":
      return readVariable(reference.name, reference.optional, context);
    case "file":
      return readValueFile(resolve(context.baseDir, reference.path), reference.optional);
    case "aws-sm":
      return {
        kind: "failed",
        message: "AWS Secrets Manager can be used only on AWS, and only for the secrets of a source",
      };
  }
}

/** Replaces every reference inside a text that is no secret. A text that is one optional, unset reference is absent. */
export function interpolate(text: string, context: ReferenceContext): Resolution {
  const whole = parseReference(text);
  if (whole !== null) return resolveReference(whole, context);
  const failures: string[] = [];
  const value = text.replace(/\$\{[^}]*\}?/g, (part) => {
    const reference = parseReference(part);
    if (reference === null) {
      failures.push("`${` starts a reference: ${env:NAME} or ${file:PATH}");
      return "";
    }
    const resolution = resolveReference(reference, context);
    if (resolution.kind === "failed") failures.push(resolution.message);
    return resolution.kind === "value" ? resolution.value : "";
  });
  const [message] = failures;
  return message === undefined ? { kind: "value", value } : { kind: "failed", message };
}

/** Whether what a reference leads to is not there at all, whatever else may be wrong with it. */
export function isMissing(reference: Reference, { env, baseDir }: ReferenceContext): boolean {
  switch (reference.kind) {
    case "env":
      return !Object.hasOwn(env, reference.name) || env[reference.name] === undefined;
    case "file":
      return !existsSync(resolve(baseDir, reference.path));
    case "aws-sm":
      return false;
  }
}

function readVariable(name: string, optional: boolean, context: ReferenceContext): Resolution {
  const value = Object.hasOwn(context.env, name) ? context.env[name] : undefined;
  if (value !== undefined) return { kind: "value", value };
  return optional ? { kind: "absent" } : { kind: "failed", message: `the environment variable ${name} is not set` };
}

function readValueFile(path: string, optional: boolean): Resolution {
  try {
    if (!statSync(path).isFile()) return { kind: "failed", message: `${path} is not a regular file` };
    const bytes = readFileSync(path);
    if (bytes.length > MAX_FILE_BYTES) return { kind: "failed", message: `${path} is larger than 64 KiB` };
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { kind: "value", value: text.replace(/\r?\n$/, "") };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" && optional) return { kind: "absent" };
    return { kind: "failed", message: `cannot read ${path} (${code ?? "it is not UTF-8 text"})` };
  }
}
