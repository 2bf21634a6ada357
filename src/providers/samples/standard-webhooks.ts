import { createHash, createHmac } from "node:crypto";
import { textAt } from "../../domain/json.ts";
import { PAYMENT_EVENT_TYPES } from "../../domain/payment-event.ts";
import { readEventId } from "../event-id.ts";
import { readBase64 } from "../hmac.ts";
import { randomId } from "./made-up-ids.ts";
import type { SampleRequest, Sampler, SigningContext } from "./sampler.ts";

/** Announcements of our own vocabulary. `data.eventId` becomes the `webhook-id`, as destinations get it. */
export const standardWebhooksSampler: Sampler = { types: PAYMENT_EVENT_TYPES, body, sign };

function body(request: SampleRequest): string {
  const { type } = request;
  if (!(PAYMENT_EVENT_TYPES as readonly string[]).includes(type)) {
    throw new RangeError(`Standard Webhooks has no sample of type ${type}; there is ${PAYMENT_EVENT_TYPES.join(", ")}`);
  }
  const occurredAt = new Date(request.occurredAt).toISOString();
  return JSON.stringify({
    type,
    timestamp: occurredAt,
    data: {
      eventId: request.eventId ?? `msg_${randomId(27)}`,
      occurredAt,
      transactionId: request.paymentId ?? `txn_${randomId(24)}`,
      amountMinor: `${request.amountMinor}`,
      currency: request.currency,
      ...(type.startsWith("refund.") ? { refundId: request.refundId ?? `re_${randomId(24)}` } : {}),
      ...(type.startsWith("dispute.") ? { disputeId: request.disputeId ?? `dp_${randomId(24)}` } : {}),
    },
  });
}

function sign(body: Uint8Array, { secret, now }: SigningContext): Record<string, string> {
  const key = secret === null || secret.startsWith("whpk_") ? null : readBase64(secret.replace(/^whsec_/, ""));
  if (key === null) throw new RangeError("Standard Webhooks samples are signed with a whsec_ secret");
  const id = readId(body);
  const time = Math.floor(now / 1000);
  const signature = createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest("base64");
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": `${time}`,
    "webhook-signature": `v1,${signature}`,
  };
}

/** The body's event id where a header can carry it; otherwise one that is the same for the same bytes. */
function readId(body: Uint8Array): string {
  const own = readEventId(textAt(parse(body), "data", "eventId"));
  if (own !== null && /^[\x21-\x7e]+$/.test(own)) return own;
  return `msg_${createHash("sha256").update(body).digest("hex").slice(0, 27)}`;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}
