import { Command } from "commander";
import { VERSION } from "../version.ts";
import { addAudit } from "./commands/audit.ts";
import { addBackup } from "./commands/backup.ts";
import { addCompletion } from "./commands/completion.ts";
import { addConfig } from "./commands/config.ts";
import { addDeadLetters } from "./commands/dead-letters.ts";
import { addDemo } from "./commands/demo.ts";
import { addDestinations } from "./commands/destinations.ts";
import { addDev } from "./commands/dev.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addEvents } from "./commands/events.ts";
import { addGc } from "./commands/gc.ts";
import { addInit } from "./commands/init.ts";
import { addSend } from "./commands/send.ts";
import { addStart } from "./commands/start.ts";
import { addStats } from "./commands/stats.ts";
import { addTail } from "./commands/tail.ts";
import { addTransactions } from "./commands/transactions.ts";
import { addVerify } from "./commands/verify.ts";
import { addVersion } from "./commands/version.ts";
import { addGlobalOptions, globalsOf } from "./globals.ts";
import { helpLayout } from "./manual.ts";
import { refuseWithoutStack } from "./stack-commands.ts";

// In the order in which the help shows them. Each file loads what it needs only when its command runs.
const COMMANDS: readonly ((program: Command) => void)[] = [
  addDemo,
  addDev,
  addStart,
  addInit,
  addSend,
  addVerify,
  addEvents,
  addTransactions,
  addDeadLetters,
  addDestinations,
  addAudit,
  addTail,
  addStats,
  addDoctor,
  addBackup,
  addGc,
  addConfig,
  addVersion,
  addCompletion,
];

/** The whole command line. Parsing throws where commander would exit; `endingOf` says what the throw means. */
export function buildProgram(): Command {
  const program = new Command("strongroom")
    .description("A payment webhook inbox: proves, stores, applies and replays what payment providers send.")
    .version(VERSION, "--version", "print the version")
    .configureHelp(helpLayout)
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .hook("preAction", (_, command) => {
      if (globalsOf(command).stack !== undefined) refuseWithoutStack(command);
    });
  addGlobalOptions(program);
  for (const add of COMMANDS) add(program);
  return program;
}
