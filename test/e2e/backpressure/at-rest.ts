import { statSync } from "node:fs";
import { join } from "node:path";
import { askAll } from "../../support/admin-api.ts";
import type { PressedInbox } from "./pressed-inbox.ts";

/** What tells that something was written, once nothing is being written any more. */
export async function atRest({ dataDir, adminUrl }: PressedInbox) {
  const look = async () => ({
    files: ["inbox.db", "inbox.db-wal"]
      .map((name) => statSync(join(dataDir, name), { bigint: true }))
      .map((file) => [file.size, file.mtimeNs]),
    records: (await askAll<{ seq: number }>(adminUrl, "/api/audit")).length,
  });
  let last = await look();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const next = await look();
    if (JSON.stringify(next, text) === JSON.stringify(last, text)) return next;
    last = next;
  }
}

function text(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
