import { readFile } from "node:fs/promises";
import type { AuditCheckpoint } from "../../../ports/audit-log.ts";
import { writeDurableFile } from "../archive/durable-file.ts";

export type CheckpointFile =
  | { readonly kind: "checkpoint"; readonly checkpoint: AuditCheckpoint }
  | { readonly kind: "absent" }
  /** `why` is the file system's code, or says that the content is none. */
  | { readonly kind: "unreadable"; readonly why: string };

/** Reads what `writeCheckpoint` wrote. */
export async function readCheckpoint(path: string): Promise<CheckpointFile> {
  try {
    const checkpoint = parseCheckpoint(await readFile(path, "utf8"));
    return checkpoint === null
      ? { kind: "unreadable", why: "it holds no checkpoint" }
      : { kind: "checkpoint", checkpoint };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? { kind: "absent" } : { kind: "unreadable", why: code ?? (error as Error).message };
  }
}

/** One JSON object, atomically, mode 0600. The directory has to exist: it is meant to be somewhere else. */
export async function writeCheckpoint(path: string, { seq, hash, at }: AuditCheckpoint): Promise<void> {
  await writeDurableFile(path, `${JSON.stringify({ seq, hash, at })}\n`);
}

function parseCheckpoint(text: string): AuditCheckpoint | null {
  try {
    const { seq, hash, at } = (JSON.parse(text) ?? {}) as Partial<Record<keyof AuditCheckpoint, unknown>>;
    if (!Number.isSafeInteger(seq) || typeof hash !== "string" || typeof at !== "string") return null;
    return (seq as number) >= 1 && /^[0-9a-f]{64}$/.test(hash) ? { seq: seq as number, hash, at } : null;
  } catch {
    return null;
  }
}
