import type { Command } from "commander";
import type { Check } from "../../../ports/integrity.ts";
import { CliError, EXIT } from "../exit.ts";
import { globalsOf } from "../globals.ts";
import { addCommand, STORE_EXITS } from "../manual.ts";
import { print, printJson } from "../output.ts";
import { openProgress } from "../progress.ts";
import { readDataDir } from "../read-data-dir.ts";
import { visible } from "../terminal-text.ts";

export function addDoctor(program: Command): void {
  addCommand(program, "doctor", {
    summary: "Check the store against itself and the machine around it; an inbox may be running.",
    exits: { 0: "all is well", 5: "a check found a problem", ...STORE_EXITS },
    example: "strongroom doctor --json",
  }).action(async (_: unknown, command: Command) => {
    const globals = globalsOf(command);
    if (globals.url !== undefined) throw new CliError(EXIT.usage, "doctor looks at files: run it where they are");
    const patient = await readDataDir(globals);
    const { diagnose } = await import("../../doctor.ts");
    const progress = openProgress(globals);
    const diagnosis = await diagnose(patient, (what, count) => progress(() => `${what} ${count === 0 ? "" : count}`));
    if (globals.json) printJson(diagnosis);
    else {
      const width = Math.max(...diagnosis.checks.map(({ name }) => name.length));
      for (const check of diagnosis.checks) for (const line of linesOf(check, width)) print(visible(line));
    }
    if (!diagnosis.ok) process.exitCode = EXIT.problemFound;
  });
}

function linesOf({ name, ok, detail, problems = [] }: Check, width: number): string[] {
  return [
    `${ok ? "ok   " : "WRONG"}  ${name.padEnd(width)}  ${detail}`,
    ...problems.map(({ target, problem }) => `         ${target}: ${problem}`),
  ];
}
