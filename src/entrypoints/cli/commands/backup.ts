import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { CliError, EXIT } from "../exit.ts";
import { globalsOf } from "../globals.ts";
import { addCommand, STORE_EXITS } from "../manual.ts";
import { print, printJson } from "../output.ts";
import { readDataDir } from "../read-data-dir.ts";

export function addBackup(program: Command): void {
  addCommand(program, "backup", {
    summary:
      "Copy the store into one checked file, also while the inbox runs; to restore, make it inbox.db in a data directory.",
    exits: STORE_EXITS,
    example: "strongroom backup --out /mnt/backup/2026-01-15/",
  })
    .requiredOption(
      "--out <path>",
      "the file to write, or a directory (or a name that ends in /) for an inbox.db in it",
    )
    .action(async (options: { out: string }, command: Command) => {
      const globals = globalsOf(command);
      if (globals.url !== undefined) throw new CliError(EXIT.usage, "backup copies files: run it where they are");
      const { dataDir } = await readDataDir(globals);
      const { backUp } = await import("../../../adapters/embedded/sqlite/backup.ts");
      const file = targetOf(options.out);
      const { bytes, events, auditHead } = await backUp(dataDir, file).catch((error: unknown) => {
        throw refusal(error, file);
      });
      if (globals.json) printJson({ ok: true, file, bytes, events, auditHead });
      else print(`${file}: ${events} events, ${bytes} bytes, audit chain up to record ${auditHead?.seq ?? 0}`);
    });
}

function targetOf(out: string): string {
  if (/[/\\]$/.test(out)) mkdirSync(out, { recursive: true, mode: 0o700 });
  const isDirectory = statSync(out, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isDirectory ? join(out, "inbox.db") : out;
}

function refusal(error: unknown, file: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EEXIST") return new CliError(EXIT.failed, `${file} is there already, and a backup overwrites nothing`);
  return typeof code === "string" && /^E[A-Z]+$/.test(code)
    ? new CliError(EXIT.failed, `cannot write ${file} (${code})`)
    : error;
}
