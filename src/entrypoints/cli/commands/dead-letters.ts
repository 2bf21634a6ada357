import type { Command } from "commander";
import { listItems, withApi } from "../api.ts";
import { DEAD_LETTER_COLUMNS, type EventView } from "../api-views.ts";
import { addEventFilter, type EventFilter, isEmptyFilter, readEventFilter } from "../event-filter.ts";
import { CliError, EXIT } from "../exit.ts";
import { globalsOf } from "../globals.ts";
import { addCommand, readCount, STORE_EXITS } from "../manual.ts";
import { printList } from "../output.ts";
import { requeue } from "../requeue.ts";

export function addDeadLetters(program: Command): void {
  const group = addCommand(program, "dead-letters", {
    summary: "Show and redrive events that were given up.",
    example: "strongroom dead-letters list",
  });
  addList(group);
  addRedrive(group);
}

function addList(group: Command): void {
  addEventFilter(
    addCommand(group, "list", {
      summary: "List dead letters, newest first.",
      exits: STORE_EXITS,
      example: "strongroom dead-letters list --source stripe",
    }),
  )
    .option("--limit <n>", "at most so many", readCount, 50)
    .action(async (options: EventFilter & { limit: number }, command: Command) => {
      const globals = globalsOf(command);
      const list = await withApi(globals, "read", (api) =>
        listItems<EventView>(api, "/api/dead-letters", readEventFilter(options), options.limit),
      );
      printList(globals, DEAD_LETTER_COLUMNS, list);
    });
}

function addRedrive(group: Command): void {
  addEventFilter(
    addCommand(group, "redrive", {
      summary: "Put dead letters back into the queue, with new attempts.",
      exits: { 4: "no such event", ...STORE_EXITS },
      example: "strongroom dead-letters redrive --all --yes",
    }),
  )
    .argument("[ids...]", "event ids")
    .option("--all", "all dead letters, or all that the filters choose")
    .option("--yes", "needed with --all")
    .action(async (ids: string[], options: EventFilter & { all?: true; yes?: true }, command: Command) => {
      const globals = globalsOf(command);
      const filter = readEventFilter(options);
      if (ids.length > 0 === (options.all === true)) throw new CliError(EXIT.usage, "give event ids, or --all");
      if (ids.length > 0 && !isEmptyFilter(filter)) throw new CliError(EXIT.usage, "filters go with --all");
      if (options.all && !options.yes) throw new CliError(EXIT.usage, "--all needs --yes");
      await withApi(globals, "operate", async (api) => {
        for (const id of ids) await requeue(api, globals, `/api/dead-letters/${encodeURIComponent(id)}/redrive`);
        if (options.all) await requeue(api, globals, "/api/dead-letters/redrive", filter);
      });
    });
}
