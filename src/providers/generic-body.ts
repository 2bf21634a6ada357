import { createHash } from "node:crypto";
import { at, isObject, type JsonValue, withNumbersAsText } from "../domain/json.ts";
import { parseMajor, readCurrency } from "../domain/money.ts";
import type { Normalisation } from "../domain/outcome.ts";
import { type EventType, isPaymentEventType, kindOf, type NormalisedEvent } from "../domain/payment-event.ts";
import type { NormaliseContext } from "../domain/provider.ts";
import { readEventId } from "./event-id.ts";
import { readInstant } from "./instant.ts";
import { isCurrency } from "./iso-4217.ts";

type Fields = Omit<NormalisedEvent, "providerEventId">;

/** Which field does not fit the schema. Its value is never told. */
interface Misfit {
  readonly field: string;
}

/**
 * Reads `{transactionId, amount, currency, status, timestamp, id?, type?, refundId?, disputeId?, metadata?}`. Unlike
 * other providers' bodies this one is ours to define, so what does not fit is refused as `schema`, with the field's
 * name as `detail`. Other members are kept in the payload and otherwise ignored.
 */
export function normaliseGeneric(body: JsonValue, text: string, { settings }: NormaliseContext): Normalisation {
  if (!isObject(body)) return { kind: "malformed", reason: "schema", detail: "body" };
  // From here on numbers are the text they were written in: no amount passes through a float.
  const exact = withNumbersAsText(text);
  const fields = readFields(body, exact, settings.lenient === true ? "lenient" : "strict");
  if ("field" in fields) return { kind: "malformed", reason: "schema", detail: fields.field };
  const id = at(body, "id") ?? null;
  const providerEventId = id === null ? contentId(exact, fields) : readEventId(id);
  if (providerEventId === null) return { kind: "malformed", reason: "no_event_id" };
  return { kind: "events", events: [{ providerEventId, ...fields }] };
}

function readFields(body: JsonValue, exact: JsonValue, mode: "strict" | "lenient"): Fields | Misfit {
  const paymentId = readEventId(at(body, "transactionId"));
  if (paymentId === null) return { field: "transactionId" };
  const isAbsent = (field: string) => (at(body, field) ?? null) === null;
  for (const field of ["amount", "currency", "timestamp"]) {
    if (mode === "strict" && isAbsent(field)) return { field };
  }
  const meaning = readMeaning(body, mode);
  if ("field" in meaning) return meaning;
  const currency = isAbsent("currency") ? null : readCurrency(at(body, "currency"));
  if (!isAbsent("currency") && (currency === null || !isCurrency(currency))) return { field: "currency" };
  const amountMinor = isAbsent("amount") ? null : readAmount(at(exact, "amount"), currency);
  if (amountMinor === "misfit") return { field: "amount" };
  const occurredAt = readInstant(at(body, "timestamp"));
  if (!isAbsent("timestamp") && occurredAt === null) return { field: "timestamp" };
  if (!isAbsent("metadata") && !isObject(at(body, "metadata"))) return { field: "metadata" };
  return { ...meaning, paymentId, occurredAt, amountMinor, currency };
}

type Meaning = Pick<Fields, "type" | "providerType" | "refundId" | "disputeId">;

/** What happened: `type` says it exactly, `status` in one word for the whole payment. */
function readMeaning(body: JsonValue, mode: "strict" | "lenient"): Meaning | Misfit {
  const named = at(body, "type") ?? null;
  const status = at(body, "status") ?? null;
  if (named === null && status === null) {
    return mode === "lenient" ? { type: "other", providerType: "unknown" } : { field: "status" };
  }
  const type =
    named === null ? STATUSES.get(status) : typeof named === "string" && isPaymentEventType(named) ? named : null;
  if (type === undefined || type === null) return { field: named === null ? "status" : "type" };
  const kind = kindOf(type);
  const refundId = readEventId(at(body, "refundId"));
  const disputeId = readEventId(at(body, "disputeId"));
  // Without it, a refund would count as the total refunded so far, which only the status `refunded` means.
  if (kind === "refund" && refundId === null && (named !== null || (at(body, "refundId") ?? null) !== null)) {
    return { field: "refundId" };
  }
  if (kind === "dispute" && disputeId === null && (at(body, "disputeId") ?? null) !== null)
    return { field: "disputeId" };
  return {
    type,
    providerType: String(named ?? status),
    ...(kind === "refund" && refundId !== null ? { refundId } : {}),
    ...(kind === "dispute" && disputeId !== null ? { disputeId } : {}),
  };
}

const STATUSES: ReadonlyMap<unknown, EventType> = new Map([
  ["pending", "payment.pending"],
  ["processing", "payment.processing"],
  ["authorized", "payment.authorized"],
  ["completed", "payment.succeeded"],
  ["succeeded", "payment.succeeded"],
  ["failed", "payment.failed"],
  ["canceled", "payment.canceled"],
  ["expired", "payment.expired"],
  // The whole payment: without a refund's id its amount is the total refunded.
  ["refunded", "refund.succeeded"],
]);

/** Major units to minor units. An amount whose currency is not known has no minor units, so it is not known either. */
function readAmount(amount: JsonValue | undefined, currency: string | null): string | null | "misfit" {
  if (typeof amount !== "string") return "misfit";
  const minor = parseMajor(amount, currency ?? WITHOUT_CURRENCY);
  if (typeof minor !== "bigint") return currency === null && minor === "too_many_decimals" ? null : "misfit";
  if (minor <= 0n) return "misfit";
  return currency === null ? null : `${minor}`;
}

// Only to see that it is a positive number; four decimals are the most that any currency has.
const WITHOUT_CURRENCY = "CLF";

/**
 * An id for a body without one: a digest of all it says, so that a resend is known as one. White space, the order of
 * keys, `99.9` or `99.90`, the spelling of the currency and the offset of the time do not matter.
 */
function contentId(exact: JsonValue, { amountMinor, currency, occurredAt }: Fields): string {
  const read = Object.entries({ amount: amountMinor, currency, timestamp: occurredAt }).filter(
    ([, value]) => value !== null,
  );
  const content = { ...(exact as Record<string, JsonValue>), ...Object.fromEntries(read) };
  return `sha256-${createHash("sha256").update(canonical(content)).digest("hex")}`;
}

/** JSON with sorted keys and no white space. */
function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] as JsonValue)}`);
  return `{${members.join(",")}}`;
}
