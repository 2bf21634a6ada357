import type { Command } from "commander";
import { withApi } from "../api.ts";
import { DESTINATION_COLUMNS, type DestinationView } from "../api-views.ts";
import { globalsOf } from "../globals.ts";
import { elementsOf, oneLine } from "../json-text.ts";
import { addCommand, STORE_EXITS } from "../manual.ts";
import { note, print, printList } from "../output.ts";
import { visible } from "../terminal-text.ts";

export function addDestinations(program: Command): void {
  const group = addCommand(program, "destinations", {
    summary: "Show, pause and resume the places that are told of processed events.",
    example: "strongroom destinations list",
  });
  addCommand(group, "list", {
    summary: "List the configured destinations: what waits, what failed, and whether each answers.",
    exits: STORE_EXITS,
    example: "strongroom destinations list",
  }).action(async (_: unknown, command: Command) => {
    const globals = globalsOf(command);
    const answer = await withApi(globals, "read", (api) => api.ask("GET", "/api/destinations"));
    const items = elementsOf(answer, "items").map((text) => ({ value: JSON.parse(text) as DestinationView, text }));
    printList(globals, DESTINATION_COLUMNS, items);
  });
  addChange(group, "pause", {
    summary: "Send a destination nothing more until it is resumed, restarts of the inbox included.",
    done: "paused",
  });
  addChange(group, "resume", {
    summary: "Send a destination what waits for it. What was abandoned stays abandoned.",
    done: "resumed",
  });
}

function addChange(
  group: Command,
  name: "pause" | "resume",
  { summary, done }: { summary: string; done: string },
): void {
  addCommand(group, name, {
    summary,
    exits: { 4: "no such destination", ...STORE_EXITS },
    example: `strongroom destinations ${name} ledger`,
  })
    .argument("<name>", "as in the configuration")
    .action(async (destination: string, _: unknown, command: Command) => {
      const globals = globalsOf(command);
      const path = `/api/destinations/${encodeURIComponent(destination)}/${name}`;
      const text = await withApi(globals, "operate", (api) => api.ask("POST", path));
      if (globals.json) return print(oneLine(text));
      const { pending } = JSON.parse(text) as DestinationView;
      print(`${done} ${visible(destination)}`);
      note(globals, `${pending} announcements wait`);
    });
}
