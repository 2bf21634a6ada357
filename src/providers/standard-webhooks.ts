import { createHmac, createPublicKey, type KeyObject, verify as verifySignature } from "node:crypto";
import { at, isObject, type JsonValue, textAt, withNumbersAsText } from "../domain/json.ts";
import { parseMajor, readCurrency } from "../domain/money.ts";
import type { Normalisation, Verification } from "../domain/outcome.ts";
import { isPaymentEventType, type NormalisedEvent } from "../domain/payment-event.ts";
import type { Delivery, NormaliseContext, Provider, VerifyContext } from "../domain/provider.ts";
import { readEventId } from "./event-id.ts";
import { findSecret, forged, readBase64, sameText, singleHeader } from "./hmac.ts";
import { readInstant } from "./instant.ts";
import { amountFields, type MinorRead, minorAt } from "./minor-amount.ts";
import { judgeSigningTime, readUnixSeconds } from "./signing-time.ts";

/** Any sender that signs per https://www.standardwebhooks.com, another inbox of this kind among them. */
export const standardWebhooks: Provider = {
  name: "standard-webhooks",
  title: "Standard Webhooks",
  signatureHeaders: [
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "svix-id",
    "svix-timestamp",
    "svix-signature",
  ],
  secret: {
    describe: "whsec_ and the base64 of 24 to 64 bytes, or whpk_ and the base64 of the sender's Ed25519 public key",
    pattern: /^(?:whsec_|whpk_)?(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  },
  settings: {
    tolerance: {
      type: "duration",
      describe: "How far the signing time may be from now, in both directions",
      default: "5m",
    },
  },
  verify,
  normalise,
};

function verify({ headers, body }: Delivery, { secrets, settings, now }: VerifyContext): Verification {
  const brand = brandOf(headers);
  const id = singleHeader(headers, `${brand}-id`);
  const time = singleHeader(headers, `${brand}-timestamp`);
  const signature = singleHeader(headers, `${brand}-signature`);
  if (!signature.ok) return forged(signature.reason);
  if (!id.ok) return forged(id.reason === "missing_signature" ? "missing_header" : id.reason);
  if (!time.ok) return forged(time.reason === "missing_signature" ? "missing_header" : time.reason);
  const signedAt = readUnixSeconds(time.value);
  const candidates = readSignatures(signature.value);
  if (signedAt === null || candidates.length === 0 || candidates.length > MOST_SIGNATURES) {
    return forged("malformed_signature");
  }
  const content = Buffer.concat([Buffer.from(`${id.value}.${time.value}.`), body]);
  const match = findSecret(secrets, (secret) => isSignedWith(secret, content, candidates));
  if (!match.ok) return forged(match.reason, signedAt);
  const inTime = judgeSigningTime(signedAt, now, settings.tolerance);
  return inTime === "in_time" ? { kind: "authentic", secretIndex: match.index, signedAt } : forged(inTime, signedAt);
}

/** Which of the two header names the sender used. A set is taken whole, so that no header of the other is believed. */
function brandOf(headers: Delivery["headers"]): "svix" | "webhook" {
  const complete = ["svix-id", "svix-timestamp", "svix-signature"].every((name) => headers[name] !== undefined);
  return complete ? "svix" : "webhook";
}

// A rotation sends two or three. Each costs a public-key operation over the whole body, and anybody can send them.
const MOST_SIGNATURES = 5;

interface Candidate {
  readonly version: "v1" | "v1a";
  readonly value: string;
}

/** Reads `v1,… v1,… v1a,…`; other versions and values that no signer writes are passed over. */
function readSignatures(header: string): readonly Candidate[] {
  return header.split(" ").flatMap((entry): readonly Candidate[] => {
    const [, version, value = ""] = /^(v1a?),([A-Za-z0-9+/]+={0,2})$/.exec(entry) ?? [];
    if (version === "v1" && value.length === 44) return [{ version, value }];
    return version === "v1a" && value.length === 88 ? [{ version, value }] : [];
  });
}

/** The secret decides the algorithm. A public key is never an HMAC key: everybody knows it. */
function isSignedWith(secret: string, content: Buffer, candidates: readonly Candidate[]): boolean {
  if (secret.startsWith("whpk_")) {
    const key = readPublicKey(secret.slice("whpk_".length));
    return (
      key !== null &&
      candidates.some(({ version, value }) => {
        const signature = version === "v1a" ? readBase64(value) : null;
        return signature !== null && verifySignature(null, content, key, signature);
      })
    );
  }
  const key = readBase64(secret.startsWith("whsec_") ? secret.slice("whsec_".length) : secret);
  if (key === null) return false;
  const expected = createHmac("sha256", key).update(content).digest("base64");
  return candidates.some(({ version, value }) => version === "v1" && sameText(value, expected));
}

function readPublicKey(text: string): KeyObject | null {
  const bytes = readBase64(text);
  if (bytes?.length !== 32) return null;
  try {
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: bytes.toString("base64url") }, format: "jwk" });
  } catch {
    return null;
  }
}

/**
 * `{type, timestamp, data}`, where only a type of our own vocabulary has a known `data`: `transactionId`, `currency`,
 * `amountMinor` (minor units) or `amount` (major units), `refundId`, `disputeId`, `occurredAt` or `timestamp`.
 */
function normalise(body: JsonValue, text: string, { headers }: NormaliseContext): Normalisation {
  const id = singleHeader(headers, `${brandOf(headers)}-id`);
  const providerEventId = id.ok ? readEventId(id.value) : null;
  if (providerEventId === null) return { kind: "malformed", reason: "no_event_id" };
  const providerType = textAt(body, "type") ?? "unknown";
  const occurredAt = readTime(body);
  if (!isPaymentEventType(providerType)) {
    const other = { type: "other", paymentId: null, amountMinor: null, currency: null } as const;
    return { kind: "events", events: [{ providerEventId, providerType, occurredAt, ...other }] };
  }
  const currency = readCurrency(at(body, "data", "currency"));
  const event: NormalisedEvent = {
    providerEventId,
    providerType,
    type: providerType,
    paymentId: readEventId(at(body, "data", "transactionId")),
    occurredAt,
    currency,
    ...amountFields(readAmount(body, text, currency)),
    ...idField("refundId", body),
    ...idField("disputeId", body),
  };
  return { kind: "events", events: [event] };
}

/** The sender's `occurredAt` where it has one, even null: its `timestamp` may then be a receipt. */
function readTime(body: JsonValue): string | null {
  const data = at(body, "data");
  if (isObject(data) && Object.hasOwn(data, "occurredAt")) return readInstant(data.occurredAt);
  return readInstant(at(data, "timestamp")) ?? readInstant(at(body, "timestamp"));
}

function readAmount(body: JsonValue, text: string, currency: string | null): MinorRead {
  const minor = minorAt(body, text, "data", "amountMinor");
  if (minor !== "absent" || currency === null) return minor;
  const major = at(body, "data", "amount");
  if (major === undefined || major === null) return "absent";
  const exact = typeof major === "number" ? at(withNumbersAsText(text), "data", "amount") : major;
  const parsed = typeof exact === "string" ? parseMajor(exact, currency) : "not_a_number";
  return typeof parsed === "bigint" ? parsed : "invalid";
}

function idField(name: "refundId" | "disputeId", body: JsonValue): { refundId?: string; disputeId?: string } {
  const id = readEventId(at(body, "data", name));
  return id === null ? {} : { [name]: id };
}
