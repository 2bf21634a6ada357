import { expect } from "vitest";
import type { ApiAnswer, Deployment, Json, SeenAlert } from "./deployment.ts";

/** Asks again until there is something; the test's time limit is the limit. */
export async function waitFor<T>(look: () => Promise<T | null | undefined> | T | null | undefined): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function eventPath(eventId: string): string {
  return `/api/events/${encodeURIComponent(eventId)}`;
}

/** The event once it has come to an end, or to the one that is wanted. */
export function settled({ api }: Deployment, eventId: string, status?: string): Promise<Json> {
  return waitFor(async () => {
    const { json } = await api("GET", eventPath(eventId));
    return (status === undefined ? json.status !== "received" : json.status === status) ? json : null;
  });
}

/** The transaction with its history. */
export async function transaction({ api }: Deployment, transactionId: string): Promise<Json> {
  const { status, json } = await api("GET", `/api/transactions/${encodeURIComponent(transactionId)}`);
  expect(status).toBe(200);
  return json;
}

export function alertOf({ alerts }: Deployment, kind: string, target: string): Promise<SeenAlert> {
  return waitFor(async () => (await alerts()).find((alert) => alert.kind === kind && alert.target === target));
}

/** The answer was an acknowledgement; gives the id that it names. */
export function acknowledged(answer: ApiAnswer): string {
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 200 });
  return answer.json.eventId;
}

let made = 0;
/** An id that no other scenario uses. */
export function fresh(prefix: string): string {
  made++;
  return `${prefix}_${process.pid.toString(36)}${Date.now().toString(36)}${made.toString(36)}`;
}
