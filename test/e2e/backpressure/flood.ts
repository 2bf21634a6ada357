import { randomUUID } from "node:crypto";

const CONNECTIONS = 32;

/** Posts forged deliveries to the source `shop`, as fast as it goes; gives how many were answered with which status. */
export async function flood(
  ingestUrl: string,
  { count, bodyBytes }: { readonly count: number; readonly bodyBytes: number },
): Promise<ReadonlyMap<number, number>> {
  const statuses = new Map<number, number>();
  let left = count;
  const send = async () => {
    while (left-- > 0) {
      const body = JSON.stringify({ id: randomUUID(), padding: "x".repeat(bodyBytes) });
      const headers = { "x-signature": "0".repeat(64) };
      const { status, body: answer } = await fetch(`${ingestUrl}/webhooks/shop`, { method: "POST", headers, body });
      await answer?.cancel();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, send));
  return statuses;
}
