import { type CheckpointFile, readCheckpoint, writeCheckpoint } from "../adapters/embedded/sqlite/checkpoint-file.ts";
import type { EmbeddedStore } from "../adapters/embedded/sqlite/store.ts";
import type { Alerts } from "../ports/alerts.ts";
import type { Clock } from "../ports/clock.ts";

export interface CheckpointParts {
  /** Null when none is configured: nothing is done then. */
  readonly path: string | null;
  readonly store: Pick<EmbeddedStore, "audit" | "auditHead">;
  readonly alerts: Alerts;
  readonly clock: Clock;
}

const EVERY_MS = 2000;
const RETRY_MS = 60_000;

/**
 * Keeps the checkpoint file at the head of the audit chain. First it looks whether the chain still holds the record
 * that the file names; if not, it raises `audit.broken` and leaves the file alone, because it is the evidence. A file
 * that cannot be read or written raises `store.unavailable` about `audit checkpoint`, and is tried again every minute.
 */
export function keepAuditCheckpoint(parts: CheckpointParts): { stop(): Promise<void> } {
  const { path, alerts } = parts;
  let state: "unjudged" | "good" | "broken" = "unjudged";
  let written = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running = path === null ? Promise.resolve() : run(path);

  return {
    async stop() {
      if (stopped || path === null) return;
      stopped = true;
      clearTimeout(timer);
      await running;
      if (state !== "broken") await keep(path);
    },
  };

  async function run(file: string): Promise<void> {
    const delay = await keep(file);
    if (stopped || state === "broken") return;
    timer = setTimeout(() => {
      running = run(file);
    }, delay);
    timer.unref();
  }

  /** Gives the time until the next look. */
  async function keep(file: string): Promise<number> {
    try {
      if (state === "unjudged") {
        const problem = await judgeCheckpoint(parts.store, await readCheckpoint(file));
        state = problem === null ? "good" : "broken";
        if (problem !== null) alerts.raise("audit.broken", "audit", problem);
      }
      if (state === "good") written = await writeHead(file, parts, written);
      return EVERY_MS;
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
      alerts.raise("store.unavailable", "audit checkpoint", `The audit checkpoint cannot be kept current: ${why}.`);
      return RETRY_MS;
    }
  }
}

/** Writes the file when the chain has grown since `written`; gives the record that the file names now. */
export async function writeHead(
  path: string,
  { store, clock }: Pick<CheckpointParts, "clock"> & { readonly store: Pick<EmbeddedStore, "auditHead"> },
  written: number,
): Promise<number> {
  const head = await store.auditHead();
  if (head === null || head.seq === written) return written;
  await writeCheckpoint(path, { ...head, at: new Date(clock.now()).toISOString() });
  return head.seq;
}

/** One look at one record, however long the chain is. Null when the chain holds what the checkpoint names. */
export async function judgeCheckpoint(
  { audit, auditHead }: Pick<EmbeddedStore, "audit" | "auditHead">,
  file: CheckpointFile,
): Promise<string | null> {
  if (file.kind === "absent") return null;
  if (file.kind === "unreadable") return `The audit checkpoint cannot be read: ${file.why}.`;
  const { seq, hash } = file.checkpoint;
  const [record] = await audit.list(seq - 1, 1);
  if (record?.seq === seq && record.hash === hash) return null;
  if (record?.seq === seq) return `Audit record ${seq} is not the one of the checkpoint: the chain was written anew.`;
  const last = (await auditHead())?.seq ?? 0;
  return last < seq
    ? `The audit chain ends at record ${last}, and its checkpoint is ${seq}: its tail was cut off.`
    : `Audit record ${seq}, the checkpoint's, is no longer in the chain.`;
}
