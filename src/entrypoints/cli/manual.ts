import { type Command, type Help, InvalidArgumentError } from "commander";
import { CliError, EXIT } from "./exit.ts";

export interface Manual {
  /** One sentence. */
  readonly summary: string;
  /** Exit statuses beside those that every command has. */
  readonly exits?: Readonly<Record<number, string>>;
  readonly example: string;
}

/** Adds a command with its manual: a sentence, its options, its exit statuses and one example. */
export function addCommand(parent: Command, usage: string, manual: Manual): Command {
  const exits = Object.entries({ 0: "ok", 1: "failed", 2: "wrong usage", ...manual.exits });
  const lines = exits.map(([code, meaning]) => `  ${code.padEnd(2)}  ${meaning}`).join("\n");
  return parent
    .command(usage)
    .description(manual.summary)
    .addHelpText("after", `\nExit status:\n${lines}\n\nExample:\n  $ ${manual.example}`);
}

/** Hides a global option where a command has its own of that name. */
export const helpLayout: Partial<Help> = {
  showGlobalOptions: true,
  visibleGlobalOptions(this: Help, command: Command) {
    const own = new Set(command.options.map((option) => option.long));
    return (
      (command.parent?.parent === null ? command.parent : command.parent?.parent)?.options.filter(
        (option) => !own.has(option.long),
      ) ?? []
    );
  },
};

export const STORE_EXITS = {
  75: "the store is not available, or locked by another process; with --stack: AWS cannot be reached or refuses the call",
  78: "invalid configuration",
};

export function readCount(text: string): number {
  if (!/^\d{1,7}$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError("A whole number above 0 is needed.");
  return Number(text);
}

export function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null) noPassword(url);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError("An http or https URL is needed.");
  }
  return text;
}

/** Nothing of the text is said when it holds a password. */
function noPassword(url: URL): void {
  if (url.username === "" && url.password === "") return;
  throw new CliError(EXIT.usage, "a URL on the command line must not hold a user name or a password");
}

/** RFC 3339 or unix seconds, to epoch milliseconds. */
export function readTime(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  const at = /^\d{4}-\d\d-\d\d([Tt ]|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError("An RFC 3339 time or unix seconds are needed.");
  return at;
}

export function append(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
