import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { BuildContext } from "./build-context.ts";
import { formatPath, type KeyPath } from "./key-path.ts";

/** The PEM text of a certificate file; empty after a problem. */
export function readCertificate(file: string, path: KeyPath, context: BuildContext): string {
  const place = formatPath(path);
  if (!context.written.has(place)) context.written.set(place, file);
  const absolute = resolve(context.baseDir, file);
  let text: string;
  try {
    text = readFileSync(absolute, "utf8");
  } catch (error) {
    context.problems.add(path, `cannot read ${absolute} (${(error as NodeJS.ErrnoException).code})`);
    return "";
  }
  try {
    new X509Certificate(text);
    return text;
  } catch {
    context.problems.add(path, `${absolute} is not a PEM certificate`);
    return "";
  }
}
