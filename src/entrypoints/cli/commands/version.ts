import type { Command } from "commander";
import { VERSION } from "../../version.ts";
import { globalsOf } from "../globals.ts";
import { addCommand } from "../manual.ts";
import { print, printJson } from "../output.ts";

export function addVersion(program: Command): void {
  addCommand(program, "version", { summary: "Print the version.", example: "strongroom version --json" }).action(
    (_, command: Command) => {
      if (!globalsOf(command).json) return print(VERSION);
      printJson({ version: VERSION, node: process.versions.node, platform: process.platform });
    },
  );
}
