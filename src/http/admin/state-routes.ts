import { json, jsonText, readQuery } from "./answers.ts";
import { eventPage } from "./event-page.ts";
import type { AdminOperations } from "./operations.ts";
import { BULK_FILTER, DEFAULT_LIMIT, PAGE, TRANSACTION_FILTER } from "./parameters.ts";
import { problem } from "./problem.ts";
import type { AdminRoute } from "./route.ts";
import { historyView, transactionView } from "./transaction-view.ts";

/** Transactions, and the events that were given up. */
export function stateRoutes(operations: AdminOperations): AdminRoute[] {
  return [
    {
      method: "GET",
      path: "/api/transactions",
      needs: "read",
      doc: {
        summary: "Transactions, newest payment first, without their history.",
        query: { ...TRANSACTION_FILTER, ...PAGE },
        answer: { status: 200, describe: "A page of transactions.", schema: "TransactionPage" },
      },
      async handle({ url }) {
        const query = readQuery(url, { ...TRANSACTION_FILTER, ...PAGE });
        if (query instanceof Response) return query;
        const { cursor, limit = DEFAULT_LIMIT, ...filter } = query;
        const page = await operations.listTransactions(filter, cursor === undefined ? { limit } : { limit, cursor });
        return json(200, { items: page.items.map(transactionView), nextCursor: page.nextCursor });
      },
    },
    {
      method: "GET",
      path: "/api/transactions/{transactionId}",
      needs: "read",
      doc: {
        summary: "One transaction: its state, and every event that was applied to it in the order of application.",
        answer: { status: 200, describe: "The transaction.", schema: "Transaction" },
        problems: [404],
      },
      async handle({ params: { transactionId = "" } }) {
        const record = await operations.getTransaction(transactionId);
        if (record === null) return problem(404, "There is no such transaction.");
        return json(200, {
          ...transactionView(record),
          history: historyView(await operations.history(transactionId)),
        });
      },
    },
    {
      method: "GET",
      path: "/api/dead-letters",
      needs: "read",
      doc: {
        summary: "Events that were given up, newest receipt first.",
        query: { ...BULK_FILTER, ...PAGE },
        answer: { status: 200, describe: "A page of events.", schema: "EventPage" },
      },
      async handle({ url }) {
        const query = readQuery(url, { ...BULK_FILTER, ...PAGE });
        if (query instanceof Response) return query;
        const { cursor, limit = DEFAULT_LIMIT, ...filter } = query;
        const page = cursor === undefined ? { limit } : { limit, cursor };
        return jsonText(200, await eventPage(operations, { ...filter, status: "dead" }, page));
      },
    },
  ];
}
