import type { Command } from "commander";
import type { CheckpointFile } from "../../../adapters/embedded/sqlite/checkpoint-file.ts";
import type { ChainCheck, ChainReport } from "../../../pipeline/audit.ts";
import type { AuditCheckpoint, AuditRecord } from "../../../ports/audit-log.ts";
import { type Api, withApi } from "../api.ts";
import { CliError, EXIT } from "../exit.ts";
import { type Globals, globalsOf } from "../globals.ts";
import { addCommand, STORE_EXITS } from "../manual.ts";
import { note, print, printJson } from "../output.ts";
import { openProgress } from "../progress.ts";
import { readDataDir } from "../read-data-dir.ts";
import { visible } from "../terminal-text.ts";

export function addAuditVerify(group: Command): void {
  addCommand(group, "verify", {
    summary: "Compute the whole chain anew and name what was changed, removed, inserted or swapped.",
    exits: { 0: "the chain is whole", 5: "it is not", ...STORE_EXITS },
    example: "strongroom audit verify --checkpoint /mnt/elsewhere/strongroom.checkpoint",
  })
    .option(
      "--checkpoint <file>",
      "also find a tail that was cut off and a chain written anew (default: store.auditCheckpoint)",
    )
    .action(async (options: { checkpoint?: string }, command: Command) => {
      const globals = globalsOf(command);
      const [{ openChainCheck }, { linkHashHex, readChain }] = await Promise.all([
        import("../../../pipeline/audit.ts"),
        import("../../../adapters/embedded/sqlite/verify-chain.ts"),
      ]);
      const place = globals.url === undefined ? await readDataDir(globals) : null;
      const file = await findCheckpoint(globals, options.checkpoint, place?.config?.store.auditCheckpoint ?? null);
      const checkpoint = file.kind === "checkpoint" ? file.checkpoint : null;
      const check = openChainCheck({
        linkHash: linkHashHex,
        checkpoint,
        keptMs: place?.config?.store.retention.auditMs ?? null,
      });
      const progress = openProgress(globals);
      const told: ChainCheck = {
        ...check,
        add(record) {
          check.add(record);
          if (record.seq % 1000 === 0) progress(() => `record ${record.seq}`);
        },
      };
      if (place !== null) readChain(place.dataDir, told.add);
      else await withApi(globals, "read", (api) => readOverHttp(api, told));
      tell(globals, withFile(check.end(), file), checkpoint);
    });
}

/** The one that is named; else the configured one, when it is there. */
async function findCheckpoint(
  globals: Globals,
  named: string | undefined,
  configured: string | null,
): Promise<CheckpointFile> {
  const path = named ?? configured;
  if (path === null) return { kind: "absent" };
  const { readCheckpoint } = await import("../../../adapters/embedded/sqlite/checkpoint-file.ts");
  const file = await readCheckpoint(path);
  if (file.kind === "absent") {
    if (named !== undefined) throw new CliError(EXIT.usage, `there is no checkpoint ${path}`);
    note(globals, `there is no checkpoint ${path}: a tail that was cut off is not found`);
  }
  return file;
}

function withFile(report: ChainReport, file: CheckpointFile): ChainReport {
  if (file.kind !== "unreadable") return report;
  return {
    ...report,
    problems: [{ seq: 0, problem: `the checkpoint cannot be read: ${file.why}` }, ...report.problems],
  };
}

async function readOverHttp(api: Api, check: ChainCheck): Promise<void> {
  for (let after = 0; ; ) {
    const text = await api.ask("GET", "/api/audit", { query: { after, limit: PAGE } });
    const { items } = JSON.parse(text) as { items: readonly AuditRecord[] };
    for (const { prevHash: _, at, ...record } of items) check.add({ ...record, at: Date.parse(at) });
    const last = items.at(-1)?.seq ?? after;
    if (last <= after) return;
    after = last;
  }
}

const PAGE = 500;

function tell(globals: Globals, report: ChainReport, checkpoint: AuditCheckpoint | null): void {
  const { records, firstSeq, lastSeq, problems } = report;
  const ok = problems.length === 0;
  if (globals.json) printJson({ ok, records, firstSeq, lastSeq, checkpoint, problems });
  else {
    for (const { seq, problem } of problems) print(visible(`record ${seq}: ${problem}`));
    const span = records === 0 ? "no records" : `${records} records, ${firstSeq} to ${lastSeq}`;
    const upTo = checkpoint === null ? "" : `; the checkpoint is record ${checkpoint.seq} of ${checkpoint.at}`;
    print(visible(`${ok ? "whole" : "NOT WHOLE"}: ${span}${upTo}`));
  }
  if (!ok) process.exitCode = EXIT.problemFound;
}
