import type { AuditRecord } from "../../../ports/audit-log.ts";
import type { Found, FoundEvent, FoundTransaction } from "./compare.ts";

/** Everything that an inbox says it has, over its admin API. */
export async function readInbox(adminUrl: string): Promise<Found & { readonly audit: readonly AuditRecord[] }> {
  const events = await readList<FoundEvent>(adminUrl, "/api/events");
  const listed = await readList<FoundTransaction>(adminUrl, "/api/transactions");
  const transactions: FoundTransaction[] = [];
  for (const { transactionId } of listed) {
    transactions.push(await ask(adminUrl, `/api/transactions/${encodeURIComponent(transactionId)}`));
  }
  return { events, transactions, audit: await readList<AuditRecord>(adminUrl, "/api/audit") };
}

/** How many events are still to be processed. */
export async function readBacklog(adminUrl: string): Promise<number> {
  const { now } = await ask<{ readonly now: { readonly backlog: number } }>(adminUrl, "/api/stats");
  return now.backlog;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

async function readList<T>(adminUrl: string, path: string): Promise<readonly T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Page<T> = await ask(adminUrl, `${path}?limit=500${query}`);
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}

async function ask<T>(adminUrl: string, path: string): Promise<T> {
  const response = await fetch(adminUrl + path);
  if (!response.ok) throw new Error(`the inbox answered ${response.status} to GET ${path}`);
  return (await response.json()) as T;
}
