import { type FileHandle, open } from "node:fs/promises";
import type { Command } from "commander";
import { type Api, withApi } from "../api.ts";
import { AUDIT_COLUMNS, type AuditView } from "../api-views.ts";
import { CliError, EXIT } from "../exit.ts";
import { globalsOf } from "../globals.ts";
import { elementsOf, oneLine } from "../json-text.ts";
import { addCommand, readCount, STORE_EXITS } from "../manual.ts";
import { type Item, note, print, printList } from "../output.ts";
import { addAuditCheckpoint } from "./audit-checkpoint.ts";
import { addAuditVerify } from "./audit-verify.ts";

export function addAudit(program: Command): void {
  const group = addCommand(program, "audit", {
    summary: "Show, export and verify the audit. That of a stack is a log: it has no hashes, and nothing to verify.",
    example: "strongroom audit list --limit 20",
  });
  addCommand(group, "list", {
    summary: "List audit records in order.",
    exits: STORE_EXITS,
    example: "strongroom audit list --after 1000 --limit 20",
  })
    .option("--after <seq>", "only records after this number", "0")
    .option("--limit <n>", "at most so many", readCount, 50)
    .action(async (options: { after: string; limit: number }, command: Command) => {
      const globals = globalsOf(command);
      const found: Item<AuditView>[] = [];
      await withApi(globals, "read", async (api) => {
        for await (const record of records(api, options.after, options.limit)) found.push(record);
      });
      printList(globals, AUDIT_COLUMNS, found);
    });
  addCommand(group, "export", {
    summary: "Write the whole audit, hashes included where it is a chain, one JSON object a line.",
    exits: STORE_EXITS,
    example: "strongroom audit export --out audit.ndjson",
  })
    .option("--out <file>", "write to this file, which must not exist yet, instead of stdout")
    .action(async (options: { out?: string }, command: Command) => {
      const globals = globalsOf(command);
      await withApi(globals, "read", async (api) => {
        const chain = records(api, "0", Number.POSITIVE_INFINITY);
        if (options.out === undefined) {
          for await (const { text } of chain) print(oneLine(text));
          return;
        }
        const file = await create(options.out);
        try {
          let count = 0;
          for await (const { text } of chain) {
            await file.write(`${oneLine(text)}\n`);
            count++;
          }
          note(globals, `${count} records written to ${options.out}`);
        } finally {
          await file.close();
        }
      });
    });
  addAuditCheckpoint(group);
  addAuditVerify(group);
}

/** Records after a sequence number, page by page. */
async function* records(api: Api, after: string, limit: number): AsyncGenerator<Item<AuditView>, void, void> {
  let last: string | number = after;
  for (let left = limit; left > 0; ) {
    const size = Math.min(left, 500);
    const text: string = await api.ask("GET", "/api/audit", { query: { after: last, limit: size } });
    const page = elementsOf(text, "items").map((item) => ({ value: JSON.parse(item) as AuditView, text: item }));
    yield* page;
    left -= page.length;
    const seq = page.at(-1)?.value.seq;
    if (seq === undefined || page.length < size) return;
    last = seq;
  }
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, "wx", 0o600);
  } catch (error) {
    throw new CliError(EXIT.failed, `cannot create ${path} (${(error as NodeJS.ErrnoException).code})`);
  }
}
