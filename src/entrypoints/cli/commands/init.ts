import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { CliError, EXIT } from "../exit.ts";
import { globalsOf } from "../globals.ts";
import { addCommand } from "../manual.ts";
import { note, printJson } from "../output.ts";

export function addInit(program: Command): void {
  addCommand(program, "init", {
    summary: "Write a commented strongroom.yaml for your providers; an existing file is left alone.",
    example: "strongroom init --provider stripe paypal",
  })
    .option("--provider <name...>", "a source for each of these providers", ["stripe"])
    .action(async (options: { provider: string[] }, command: Command) => {
      const globals = globalsOf(command);
      const names = options.provider.flatMap((name) => name.split(",")).filter((name) => name !== "");
      const [{ providers }, { defaultConfigText }] = await Promise.all([
        import("../../../providers/index.ts"),
        import("../../../config/default-config.ts"),
      ]);
      const unknown = names.find((name) => !Object.hasOwn(providers, name));
      if (unknown !== undefined) {
        const known = Object.keys(providers).join(", ");
        throw new CliError(EXIT.usage, `there is no provider ${unknown}; there is ${known}`);
      }
      const file = resolve(globals.config ?? "strongroom.yaml");
      write(file, defaultConfigText(names));
      if (globals.json) printJson({ file });
      note(globals, `${file} written; next: strongroom config check`);
    });
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new CliError(EXIT.failed, `${file} exists already and was left alone`);
    throw new CliError(EXIT.failed, `cannot write ${file} (${code})`);
  }
}
