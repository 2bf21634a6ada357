import { CommanderError } from "commander";
import { ConfigError, StoreError } from "../../domain/errors.ts";

/** The exit status of every command. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 4,
  problemFound: 5,
  unavailable: 75,
  invalidConfig: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with a status and one line for the user. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

export interface Ending {
  readonly exitCode: ExitCode;
  /** What stderr says, one problem a line. */
  readonly lines: readonly string[];
}

/** How the process ends when a command threw this. */
export function endingOf(error: unknown): Ending {
  if (error instanceof CliError) return { exitCode: error.exitCode, lines: [error.message] };
  if (error instanceof CommanderError) return endingOfUsage(error);
  if (error instanceof ConfigError) {
    return { exitCode: EXIT.invalidConfig, lines: error.problems.map(({ path, message }) => `${path}: ${message}`) };
  }
  if (error instanceof StoreError) return { exitCode: EXIT.unavailable, lines: [storeLine(error)] };
  return { exitCode: EXIT.failed, lines: [error instanceof Error ? error.message : String(error)] };
}

function endingOfUsage(error: CommanderError): Ending {
  if (error.exitCode === 0) return { exitCode: EXIT.ok, lines: [] };
  // The help text itself was the message: a command group was called without a command.
  if (error.code === "commander.help") return { exitCode: EXIT.usage, lines: [] };
  return { exitCode: EXIT.usage, lines: [error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ")] };
}

function storeLine({ fault, message }: StoreError): string {
  return fault === "locked"
    ? `${message.replace(/\.$/, "")}; with --url and its admin address (http://127.0.0.1:4641 by default) the running inbox is asked`
    : message;
}
