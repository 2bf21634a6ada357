import type { Command } from "commander";
import { withApi } from "../api.ts";
import { globalsOf } from "../globals.ts";
import { oneLine } from "../json-text.ts";
import { addCommand, STORE_EXITS } from "../manual.ts";
import { note, print } from "../output.ts";
import { fieldLines } from "../table.ts";

export function addStats(program: Command): void {
  addCommand(program, "stats", {
    summary: "Print counts of what came in and what became of it.",
    exits: STORE_EXITS,
    example: "strongroom stats --window 24h --step 1h",
  })
    .option("--window <duration>", "how far back, at most 24h")
    .option("--step <duration>", "width of one point, for example 1h")
    .action(async (options: { window?: string; step?: string }, command: Command) => {
      const globals = globalsOf(command);
      const text = await withApi(globals, "read", (api) =>
        api.ask("GET", "/api/stats", { query: { window: options.window, step: options.step } }),
      );
      if (globals.json) return print(oneLine(text));
      if (globals.stack !== undefined) note(globals, "rates are metrics of CloudWatch, in the namespace Strongroom");
      else if (globals.url === undefined) note(globals, "rates are known to the running inbox only: --url asks it");
      // One point per step is for charts.
      const { points: _points, ...stats } = JSON.parse(text) as Record<string, unknown>;
      for (const line of fieldLines([...flatten(stats, "")])) print(line);
    });
}

/** `{a: {b: 1}}` as `a.b 1`, so that any statistic the API adds is shown. */
function* flatten(value: unknown, path: string): Generator<readonly [string, string]> {
  if (typeof value !== "object" || value === null) yield [path, String(value)];
  else {
    for (const [key, inner] of Object.entries(value)) yield* flatten(inner, path === "" ? key : `${path}.${key}`);
  }
}
