import { Argument, type Command } from "commander";
import { addCommand } from "../manual.ts";
import { print } from "../output.ts";

export function addCompletion(program: Command): void {
  addCommand(program, "completion", {
    summary: "Print a script that lets your shell complete commands and options.",
    example: "strongroom completion bash > ~/.local/share/bash-completion/completions/strongroom",
  })
    .addArgument(new Argument("<shell>", "your shell").choices(Object.keys(SHELLS)))
    .action((shell: keyof typeof SHELLS) => print(SHELLS[shell](wordsByCommand(program))));
}

/** What may follow each command (`""`, `events`, `events list`): its commands and options. */
type Words = ReadonlyMap<string, readonly string[]>;

const SHELLS = { bash, zsh, fish };

function wordsByCommand(program: Command): Words {
  const shared = program.options.map((option) => option.long ?? "");
  const words = new Map<string, readonly string[]>();
  const visit = (command: Command, path: readonly string[]) => {
    const options = command.options.map((option) => option.long ?? "");
    const names = command.commands.map((sub) => sub.name());
    words.set(path.join(" "), [...new Set([...names, ...options, ...shared, "--help"])].sort());
    for (const sub of command.commands) visit(sub, [...path, sub.name()]);
  };
  visit(program, []);
  return words;
}

function bash(words: Words): string {
  return `_strongroom() {
  local word path="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
${walk(words)}
  done
  case "$path" in
${cases(words, (list) => `COMPREPLY=($(compgen -W "${list}" -- "\${COMP_WORDS[COMP_CWORD]}"))`)}
  esac
}
complete -o default -F _strongroom strongroom`;
}

function zsh(words: Words): string {
  return `#compdef strongroom
_strongroom() {
  local word path="" i
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
${walk(words)}
  done
  case "$path" in
${cases(words, (list) => `compadd -- ${list}`)}
  esac
}
compdef _strongroom strongroom`;
}

function fish(words: Words): string {
  const lines = [...words].map(([path, list]) => {
    const inside = path.split(" ").map((name) => `__fish_seen_subcommand_from ${name}`);
    const deeper = list.filter((word) => words.has(`${path} ${word}`)).join(" ");
    const outside = deeper === "" ? [] : [`not __fish_seen_subcommand_from ${deeper}`];
    const when = path === "" ? "__fish_use_subcommand" : [...inside, ...outside].join("; and ");
    return `complete -c strongroom -f -n '${when}' -a '${list.join(" ")}'`;
  });
  return lines.join("\n");
}

/** Finds the command that the words so far name; options and values between them are passed over. */
function walk(words: Words): string {
  const names = [...words.keys()].filter((path) => path !== "");
  const patterns = names.map((path) => `      "${path.includes(" ") ? path : ` ${path}`}") path="${path}" ;;`);
  return [`    case "$path $word" in`, ...patterns, "    esac"].join("\n");
}

function cases(words: Words, complete: (list: string) => string): string {
  return [...words].map(([path, list]) => `    "${path}") ${complete(list.join(" "))} ;;`).join("\n");
}
