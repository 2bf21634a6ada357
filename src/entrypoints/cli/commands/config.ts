import type { Command } from "commander";
import { globalsOf } from "../globals.ts";
import { addCommand, STORE_EXITS } from "../manual.ts";
import { print, printJson } from "../output.ts";
import { loadConfigFile } from "../read-config.ts";

export function addConfig(program: Command): void {
  const group = addCommand(program, "config", {
    summary: "Check and show the configuration.",
    example: "strongroom config check",
  });
  const exits = { 78: STORE_EXITS[78] };
  addCommand(group, "check", {
    summary:
      "Check the configuration and everything it refers to, without running the handler; every problem is one line.",
    exits,
    example: "strongroom config check --config strongroom.yaml",
  }).action(async (_: unknown, command: Command) => {
    const globals = globalsOf(command);
    const config = await loadConfigFile(globals);
    const sources = Object.keys(config.sources);
    const destinations = Object.keys(config.destinations);
    if (globals.json) return printJson({ ok: true, file: config.file, sources, destinations });
    print(`${config.file}: ok, ${sources.length} source(s), ${destinations.length} destination(s)`);
  });
  addCommand(group, "print", {
    summary: "Print the configuration in force, defaults filled in and secrets as references.",
    exits,
    example: "strongroom config print",
  }).action(async (_: unknown, command: Command) => {
    const globals = globalsOf(command);
    const config = await loadConfigFile(globals);
    const { printableConfig } = await import("../../../config/print.ts");
    const printable = printableConfig(config);
    if (globals.json) return printJson(printable);
    const { writeYaml } = await import("../write-yaml.ts");
    process.stdout.write(writeYaml(printable));
  });
  addCommand(group, "schema", {
    summary: "Print the JSON Schema of the configuration file, for editors.",
    example: "strongroom config schema > strongroom.schema.json",
  }).action(async (_: unknown, command: Command) => {
    const { configJsonSchema } = await import("../../../config/json-schema.ts");
    const schema = configJsonSchema();
    if (globalsOf(command).json) printJson(schema);
    else print(JSON.stringify(schema, null, 2));
  });
}
