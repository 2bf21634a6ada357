import { onTestFinished } from "vitest";
import { samplers } from "../../../src/providers/samples/index.ts";
import { type RawConnection, rawConnection } from "../../http/raw-http.ts";
import type { InboxProcess } from "../../support/inbox-process.ts";

/** One request of a Stripe delivery, as bytes. */
export function rawDelivery(id: string, secret: string): Buffer {
  const { head, body } = rawParts(id, secret, {});
  return Buffer.concat([head, body]);
}

/** The same in two parts, where the sender waits for a `100 Continue` between them. */
export function rawDeliveryInParts(id: string, secret: string): { readonly head: Buffer; readonly body: Buffer } {
  return rawParts(id, secret, { expect: "100-continue" });
}

function rawParts(id: string, secret: string, more: Readonly<Record<string, string>>) {
  const stripe = samplers.stripe;
  if (stripe === undefined) throw new Error("there are no samples of Stripe");
  const request = {
    type: "payment.succeeded",
    amountMinor: 1999n,
    currency: "EUR",
    eventId: id,
    occurredAt: Date.now(),
  };
  const body = Buffer.from(stripe.body(request));
  const headers = {
    host: "inbox",
    "content-length": `${body.length}`,
    ...more,
    ...stripe.sign(body, { secret, settings: {}, now: Date.now() }),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return { head: Buffer.from(`POST /webhooks/stripe HTTP/1.1\r\n${lines.join("")}\r\n`), body };
}

export interface DeliveryConnection extends RawConnection {
  /** The next answer that was not given out yet. */
  next(): Promise<{ readonly status: number }>;
}

/** A connection to the ingest port that is kept until the test is over. */
export async function openConnection({ ingestUrl }: Pick<InboxProcess, "ingestUrl">): Promise<DeliveryConnection> {
  const raw = await rawConnection(Number(new URL(ingestUrl).port));
  onTestFinished(() => void raw.socket.destroy());
  let given = 0;
  return {
    ...raw,
    async next() {
      given++;
      const text = await raw.until(new RegExp(`(?:HTTP/1\\.1 [^]*?\\r\\n\\r\\n\\{[^]*?\\}[^]*?){${given}}$`));
      const status = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].at(given - 1)?.[1];
      return { status: Number(status) };
    },
  };
}
