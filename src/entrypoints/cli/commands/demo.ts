import type { Command } from "commander";
import { CliError, EXIT } from "../exit.ts";
import { globalsOf } from "../globals.ts";
import { addCommand, readCount } from "../manual.ts";
import { print, printJson } from "../output.ts";

export function addDemo(program: Command): void {
  addCommand(program, "demo", {
    summary: "See the promise kept: payment events, duplicated, reordered and forged, and the inbox killed on the way.",
    exits: { 1: "an event was lost, doubled or forged in, or the inbox could not be run" },
    example: "strongroom demo --events 500 --seed 7",
  })
    .option("--events <n>", "how many payment events", readCount, 500)
    .option("--seed <n>", "repeats the run with that seed", readCount)
    .option("--keep", "keep the inbox's data and say where it is")
    .action(async (options: { events: number; seed?: number; keep?: true }, command: Command) => {
      const globals = globalsOf(command);
      if (globals.config !== undefined || globals.dataDir !== undefined || globals.url !== undefined) {
        throw new CliError(EXIT.usage, "demo runs an inbox of its own: it takes no --config, --data-dir or --url");
      }
      const [{ runDemo }, { openProgress }, { reportLines }] = await Promise.all([
        import("../demo/run-demo.ts"),
        import("../demo/progress.ts"),
        import("../demo/report-lines.ts"),
      ]);
      const seed = options.seed ?? 1 + (Date.now() % 1_000_000);
      const folder = options.keep ? "keep" : "remove";
      const report = await runDemo({ events: options.events, seed, folder }, openProgress(globals));
      if (globals.json) printJson(report);
      else for (const line of reportLines(report)) print(line);
      if (!report.ok) process.exitCode = EXIT.failed;
    });
}
