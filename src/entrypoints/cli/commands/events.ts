import type { Command } from "commander";
import { listItems, withApi } from "../api.ts";
import { EVENT_COLUMNS, type EventView, eventFields } from "../api-views.ts";
import { addEventFilter, type EventFilter, isEmptyFilter, readEventFilter } from "../event-filter.ts";
import { CliError, EXIT } from "../exit.ts";
import { globalsOf } from "../globals.ts";
import { indentedLines, memberOf, oneLine } from "../json-text.ts";
import { addCommand, readCount, STORE_EXITS } from "../manual.ts";
import { note, print, printJson, printList } from "../output.ts";
import { requeue } from "../requeue.ts";
import { fieldLines } from "../table.ts";
import { visible } from "../terminal-text.ts";

export function addEvents(program: Command): void {
  const group = addCommand(program, "events", {
    summary: "Show, replay and delete stored events.",
    example: "strongroom events list --status quarantined",
  });
  addList(group);
  addGet(group);
  addReplay(group);
  addDelete(group);
}

function addList(group: Command): void {
  addEventFilter(
    addCommand(group, "list", {
      summary: "List events, newest first.",
      exits: STORE_EXITS,
      example: "strongroom events list --type 'refund.*' --limit 20",
    }),
  )
    .option("--status <status>", "received, processed, quarantined or dead")
    .option("--limit <n>", "at most so many", readCount, 50)
    .action(async (options: EventFilter & { status?: string; limit: number }, command: Command) => {
      const globals = globalsOf(command);
      const query = { ...readEventFilter(options), status: options.status };
      const list = await withApi(globals, "read", (api) =>
        listItems<EventView>(api, "/api/events", query, options.limit),
      );
      printList(globals, EVENT_COLUMNS, list);
    });
}

function addGet(group: Command): void {
  addCommand(group, "get", {
    summary: "Show one event: its state, its attempts and its redacted payload.",
    exits: { 4: "no such event", ...STORE_EXITS },
    example: "strongroom events get stripe:evt_1",
  })
    .argument("<id>", "event id, {source}:{provider event id}")
    .option("--raw", "write the stored payload, byte for byte")
    .action(async (id: string, options: { raw?: true }, command: Command) => {
      const globals = globalsOf(command);
      await withApi(globals, "read", async (api) => {
        if (options.raw) {
          const response = await api.open(`${pathOf(id)}/raw`);
          process.stdout.write(new Uint8Array(await response.arrayBuffer()));
          return;
        }
        const text = await api.ask("GET", pathOf(id));
        if (globals.json) return print(oneLine(text));
        for (const line of fieldLines(eventFields(JSON.parse(text) as EventView))) print(line);
        const payload = memberOf(text, "payload");
        if (payload !== null && payload !== "null")
          for (const line of ["", ...indentedLines(payload)]) print(visible(line));
      });
    });
}

function addReplay(group: Command): void {
  addEventFilter(
    addCommand(group, "replay", {
      summary: "Process events again, under the same ids and with the same effect.",
      exits: { 4: "no such event", ...STORE_EXITS },
      example: "strongroom events replay --source stripe --from 2026-01-15T00:00:00Z --dry-run",
    }),
  )
    .argument("[ids...]", "event ids; without any, the filters choose")
    .option("--dry-run", "only list what would be replayed")
    .option("--yes", "replay all that the filters choose")
    .action(async (ids: string[], options: EventFilter & { dryRun?: true; yes?: true }, command: Command) => {
      const globals = globalsOf(command);
      const filter = readEventFilter(options);
      if (ids.length > 0 === !isEmptyFilter(filter))
        throw new CliError(EXIT.usage, "give event ids, or filters that choose them, not both");
      if (ids.length === 0 && !options.dryRun && !options.yes) {
        throw new CliError(EXIT.usage, "replaying what filters choose needs --yes (--dry-run lists it)");
      }
      await withApi(globals, options.dryRun ? "read" : "operate", async (api) => {
        if (!options.dryRun) {
          for (const id of ids) await requeue(api, globals, `${pathOf(id)}/replay`);
          if (ids.length === 0) await requeue(api, globals, "/api/events/replay", filter);
          return;
        }
        if (ids.length === 0) {
          const list = await listItems<EventView>(api, "/api/events", filter, SHOWN);
          printList(globals, EVENT_COLUMNS, list);
          if (list.length === SHOWN) note(globals, `only the newest ${SHOWN} are shown`);
          return;
        }
        const texts = await Promise.all(ids.map((id) => api.ask("GET", pathOf(id))));
        printList(
          globals,
          EVENT_COLUMNS,
          texts.map((text) => ({ value: JSON.parse(text) as EventView, text })),
        );
      });
    });
}

const SHOWN = 500;

function addDelete(group: Command): void {
  addCommand(group, "delete", {
    summary:
      "Delete events and, on this machine, their archived copies; it is audited and alerted, and the transactions stay.",
    exits: { 4: "no such event", ...STORE_EXITS },
    example: "strongroom events delete stripe:evt_1",
  })
    .argument("<ids...>", "event ids")
    .option("--yes", "needed for more than one")
    .action(async (ids: string[], options: { yes?: true }, command: Command) => {
      const globals = globalsOf(command);
      if (ids.length > 1 && !options.yes) throw new CliError(EXIT.usage, "deleting more than one event needs --yes");
      await withApi(globals, "operate", async (api) => {
        for (const id of ids) {
          await api.ask("DELETE", pathOf(id));
          if (globals.json) printJson({ eventId: id, deleted: true });
          else print(`deleted ${visible(id)}`);
        }
      });
    });
}

function pathOf(id: string): string {
  return `/api/events/${encodeURIComponent(id)}`;
}
