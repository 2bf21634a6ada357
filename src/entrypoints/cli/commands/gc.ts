import type { Command } from "commander";
import type { Expired } from "../../../ports/retention.ts";
import { CliError, EXIT } from "../exit.ts";
import { globalsOf } from "../globals.ts";
import { addCommand, STORE_EXITS } from "../manual.ts";
import { print, printJson } from "../output.ts";
import { openProgress } from "../progress.ts";
import { readStoreConfig } from "../read-config.ts";

export function addGc(program: Command): void {
  addCommand(program, "gc", {
    summary:
      "Apply retention now: payloads and audit records that are old enough go. An inbox that runs does it hourly.",
    exits: STORE_EXITS,
    example: "strongroom gc",
  }).action(async (_: unknown, command: Command) => {
    const globals = globalsOf(command);
    if (globals.url !== undefined) {
      throw new CliError(EXIT.usage, "gc needs the data directory alone; the inbox at --url applies retention itself");
    }
    const config = await readStoreConfig(globals);
    const { collectGarbage } = await import("../../gc.ts");
    const progress = openProgress(globals);
    const total = await collectGarbage(config, (sofar) => progress(() => said(sofar)));
    if (globals.json) printJson({ ok: true, ...total });
    else print(said(total));
  });
}

function said({ events, auditRecords }: Expired): string {
  return `${events} payloads and ${auditRecords} audit records removed`;
}
