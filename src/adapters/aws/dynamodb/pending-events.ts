import type { EventItems } from "./event-items.ts";
import type { EventTable } from "./event-table.ts";
import { countPending, SHARDS } from "./pending-index.ts";
import { mergePending } from "./pending-merge.ts";

/** What waits and what came to an unhappy end, told by the index alone. */
export function openPending(table: EventTable): Pick<EventItems, "pendingSince" | "countState"> {
  return {
    async pendingSince(olderThan, limit) {
      // The index compares with "up to and including".
      const to = new Date(olderThan - 1).toISOString();
      const ids: string[] = [];
      if (limit === 0) return ids;
      const oldest = mergePending(table, SHARDS, { to, order: "oldest_first", pageSize: Math.min(limit, 100) });
      for await (const item of oldest) {
        ids.push(item[table.key.partition]?.S ?? "");
        if (ids.length === limit) break;
      }
      return ids;
    },

    async countState(state) {
      const words = state === "waiting" ? SHARDS : [state];
      const counts = await Promise.all(words.map((word) => countPending(table, word)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}
