import type { EventItems } from "./event-items.ts";
import { plainKey } from "./event-key.ts";
import type { EventTable } from "./event-table.ts";

/** Writes to the table as an event would be written: to an item of its own that is never read. */
export function openProbe(table: EventTable): EventItems["probe"] {
  return async () => {
    const time = { S: new Date(table.clock.now()).toISOString() };
    await table.dynamo("PutItem", {
      TableName: table.table,
      Item: { ...plainKey(table.key, "probe#"), probed_at: time },
    });
  };
}
