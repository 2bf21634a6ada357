import type { Command } from "commander";
import { CliError, EXIT } from "./exit.ts";

/** Throws for a command that has no sense with `--stack`, and says what does that on AWS. */
export function refuseWithoutStack(command: Command): void {
  const path = pathOf(command);
  const [group = ""] = path;
  const refused = REFUSED[path.join(" ")];
  if (refused === undefined && ASKS_THE_API.has(group)) return;
  throw new CliError(
    EXIT.usage,
    `${path.join(" ")} does not go with --stack: ${refused ?? REFUSED[group] ?? NO_INBOX}`,
  );
}

const ASKS_THE_API = new Set(["events", "transactions", "dead-letters", "destinations", "audit", "stats"]);

const NO_INBOX = "it asks no inbox";
const HERE = "it runs an inbox on this machine; a stack runs by itself";
const NO_CHAIN =
  "the audit of a stack is a log group without a hash chain, kept by CloudWatch Logs; audit list shows it";

const REFUSED: Readonly<Record<string, string>> = {
  "audit verify": NO_CHAIN,
  "audit checkpoint": NO_CHAIN,
  start: HERE,
  dev: HERE,
  demo: HERE,
  send: "--to takes the address of its API",
  tail: "nothing streams from it; the functions' logs are in CloudWatch (aws logs tail)",
  doctor: "it looks at the files of an embedded store; stats shows how a stack stands",
  backup: "it copies the files of an embedded store; the tables have point-in-time recovery",
  gc: "DynamoDB takes away what is old enough by itself",
};

/** The names on the way to the command, without the program's own. */
function pathOf(command: Command): readonly string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}
