import type { Command } from "commander";
import { CliError, EXIT } from "./exit.ts";

/** The flags that every command has, before or after its name. */
export interface Globals {
  readonly config?: string;
  readonly dataDir?: string;
  readonly url?: string;
  /** Name of a CloudFormation stack. */
  readonly stack?: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

export function addGlobalOptions(program: Command): void {
  program
    .option("--config <file>", "configuration file (else STRONGROOM_CONFIG, else ./strongroom.yaml)")
    .option("--data-dir <dir>", "data directory of the embedded store")
    .option("--url <url>", "talk to the inbox that runs there; STRONGROOM_TOKEN is its token")
    .option("--stack <name>", "talk to a deployed AWS stack, with the AWS credentials and region of the environment")
    .option("--json", "print JSON; lists as one object a line")
    .option("--quiet", "print no notes, only data and errors");
}

/** Reads the global flags in force for a command. */
export function globalsOf(command: Command): Globals {
  const { config, dataDir, url, stack, json, quiet } = command.optsWithGlobals();
  if (stack !== undefined && (url !== undefined || dataDir !== undefined)) {
    throw new CliError(EXIT.usage, "--stack, --url and --data-dir each name an inbox: give one of them");
  }
  return {
    ...(config === undefined ? {} : { config }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(url === undefined ? {} : { url }),
    ...(stack === undefined ? {} : { stack }),
    json: json === true,
    quiet: quiet === true,
  };
}
