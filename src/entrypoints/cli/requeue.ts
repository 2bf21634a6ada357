import type { Api, Query } from "./api.ts";
import type { Globals } from "./globals.ts";
import { oneLine } from "./json-text.ts";
import { note, print } from "./output.ts";
import { visible } from "./terminal-text.ts";

/** Has one event, or the events of a filter, processed again and says what is queued now. */
export async function requeue(api: Api, globals: Globals, path: string, filter?: Query): Promise<void> {
  const text = await api.ask("POST", path, filter === undefined ? {} : { body: filter });
  const { queued, alreadyQueued, more } = JSON.parse(text) as Requeued;
  if (globals.json) print(oneLine(text));
  else {
    for (const id of queued) print(`queued ${visible(id)}`);
    for (const id of alreadyQueued) print(`already queued ${visible(id)}`);
  }
  if (filter !== undefined && queued.length + alreadyQueued.length === 0) note(globals, "nothing found");
  if (more) note(globals, "more events match than are queued at a time: call it again, or choose fewer");
}

interface Requeued {
  readonly queued: readonly string[];
  readonly alreadyQueued: readonly string[];
  readonly more?: boolean;
}
