import type { Command } from "commander";
import { listItems, withApi } from "../api.ts";
import { HISTORY_COLUMNS, TRANSACTION_COLUMNS, type TransactionView, transactionFields } from "../api-views.ts";
import { globalsOf } from "../globals.ts";
import { oneLine } from "../json-text.ts";
import { addCommand, readCount, STORE_EXITS } from "../manual.ts";
import { print, printList, printTable } from "../output.ts";
import { fieldLines } from "../table.ts";

export function addTransactions(program: Command): void {
  const group = addCommand(program, "transactions", {
    summary: "Show the ledger: one transaction per payment.",
    example: "strongroom transactions get stripe:pi_1",
  });
  addCommand(group, "list", {
    summary: "List transactions, most recently updated first.",
    exits: STORE_EXITS,
    example: "strongroom transactions list --status refunded",
  })
    .option("--source <name>", "of this source")
    .option("--provider <name>", "of this provider")
    .option("--status <status>", "in this status, for example succeeded or partially_refunded")
    .option("--from <time>", "updated at or after, RFC 3339")
    .option("--to <time>", "updated before, RFC 3339")
    .option("--q <text>", "whose id starts so")
    .option("--limit <n>", "at most so many", readCount, 50)
    .action(async (options: ListOptions, command: Command) => {
      const globals = globalsOf(command);
      const { source, provider, status, from, to, q } = options;
      const query = { source, provider, status, from, to, q };
      const found = await withApi(globals, "read", (api) =>
        listItems<TransactionView>(api, "/api/transactions", query, options.limit),
      );
      printList(globals, TRANSACTION_COLUMNS, found);
    });
  addCommand(group, "get", {
    summary: "Show one transaction: its state and the events that made it.",
    exits: { 4: "no such transaction", ...STORE_EXITS },
    example: "strongroom transactions get stripe:pi_1",
  })
    .argument("<id>", "transaction id, {source}:{payment id}")
    .action(async (id: string, _: unknown, command: Command) => {
      const globals = globalsOf(command);
      const text = await withApi(globals, "read", (api) =>
        api.ask("GET", `/api/transactions/${encodeURIComponent(id)}`),
      );
      if (globals.json) return print(oneLine(text));
      const found = JSON.parse(text) as TransactionView;
      for (const line of fieldLines(transactionFields(found))) print(line);
      print("");
      printTable(HISTORY_COLUMNS, found.history ?? []);
    });
}

interface ListOptions {
  readonly source?: string;
  readonly provider?: string;
  readonly status?: string;
  readonly from?: string;
  readonly to?: string;
  readonly q?: string;
  readonly limit: number;
}
