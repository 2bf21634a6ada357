import { resolve } from "node:path";
import type { Command } from "commander";
import type { AuditRecord } from "../../../ports/audit-log.ts";
import { type Api, withApi } from "../api.ts";
import { CliError, EXIT } from "../exit.ts";
import { globalsOf } from "../globals.ts";
import { addCommand, STORE_EXITS } from "../manual.ts";
import { print, printJson } from "../output.ts";

export function addAuditCheckpoint(group: Command): void {
  addCommand(group, "checkpoint", {
    summary: "Write down the newest record's number and hash, to be kept where this machine's users cannot change it.",
    exits: STORE_EXITS,
    example: "strongroom audit checkpoint --out /mnt/elsewhere/strongroom.checkpoint",
  })
    .requiredOption("--out <file>", "the file to write; one that is there is replaced")
    .action(async (options: { out: string }, command: Command) => {
      const globals = globalsOf(command);
      const head = await withApi(globals, "read", findHead);
      if (head === null) throw new CliError(EXIT.failed, "the audit chain has no record yet");
      const checkpoint = { seq: head.seq, hash: head.hash, at: new Date().toISOString() };
      const { writeCheckpoint } = await import("../../../adapters/embedded/sqlite/checkpoint-file.ts");
      await writeCheckpoint(resolve(options.out), checkpoint).catch((error: NodeJS.ErrnoException) => {
        throw new CliError(EXIT.failed, `cannot write ${options.out} (${error.code})`);
      });
      if (globals.json) printJson(checkpoint);
      else print(`record ${checkpoint.seq}, ${checkpoint.hash}`);
    });
}

/** The API lists forward only, so the newest record is searched for, in steps that double until they go too far. */
async function findHead(api: Api): Promise<AuditRecord | null> {
  const next = async (after: number): Promise<AuditRecord | null> => {
    const text = await api.ask("GET", "/api/audit", { query: { after, limit: 1 } });
    return (JSON.parse(text) as { items: readonly AuditRecord[] }).items[0] ?? null;
  };
  let head = await next(0);
  for (let step = 1; head !== null && step >= 1; ) {
    const further = await next(head.seq + step - 1);
    if (further !== null) head = further;
    step = further === null ? Math.floor(step / 2) : step * 2;
  }
  return head;
}
