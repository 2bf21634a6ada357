import { createHmac } from "node:crypto";
import { formatMajor } from "../../domain/money.ts";
import { PAYMENT_EVENT_TYPES } from "../../domain/payment-event.ts";
import { compose, genericScheme } from "../generic-signature.ts";
import { derivedId, randomId } from "./made-up-ids.ts";
import type { SampleRequest, Sampler, SigningContext } from "./sampler.ts";

// A status says the same in the words of the sender's own system; `refunded` is a payment paid back as a whole.
const STATUSES = ["pending", "processing", "authorized", "completed", "succeeded", "failed", "canceled", "expired"];

const types: readonly string[] = [...PAYMENT_EVENT_TYPES, ...STATUSES, "refunded"];

/** Bodies of the generic schema: one of our types as `type`, anything else as `status`. */
export const genericSampler: Sampler = { types, body, sign };

function body(request: SampleRequest): string {
  const { type } = request;
  if (!types.includes(type)) {
    throw new RangeError(`there is no generic sample of type ${type}; there is ${types.join(", ")}`);
  }
  const transactionId = request.paymentId ?? `txn_${randomId(16)}`;
  const amount = formatMajor(request.amountMinor, request.currency);
  const text = JSON.stringify({
    id: request.eventId ?? `evt_${randomId(20)}`,
    transactionId,
    amount,
    currency: request.currency,
    ...(type.includes(".") ? { type } : { status: type }),
    ...(type.startsWith("refund.") ? { refundId: request.refundId ?? `rfd_${randomId(16)}` } : {}),
    ...(type.startsWith("dispute.") ? { disputeId: request.disputeId ?? `dsp_${randomId(16)}` } : {}),
    timestamp: new Date(request.occurredAt).toISOString(),
    metadata: { order: `order-${derivedId(transactionId, 8)}` },
  });
  // A JSON number with exactly these digits, as most systems write it. Inside a string a quote is escaped, so this is
  // the member and nothing else.
  return text.replace(`"amount":"${amount}"`, `"amount":${amount}`);
}

function sign(body: Uint8Array, { secret, settings, now }: SigningContext): Record<string, string> {
  if (secret === null) throw new RangeError("the generic scheme signs with a secret");
  const scheme = genericScheme(settings);
  const timestamp = `${Math.floor(now / 1000)}`;
  const content = compose(scheme.signed, { timestamp, body });
  const signature = createHmac("sha256", secret).update(content).digest(scheme.encoding);
  return {
    "content-type": "application/json",
    [scheme.header]: `${scheme.prefix}${signature}`,
    ...(scheme.timestampHeader === null ? {} : { [scheme.timestampHeader]: timestamp }),
  };
}
