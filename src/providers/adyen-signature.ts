import { createHmac } from "node:crypto";
import { at, isObject, type JsonValue, readJson, textAt } from "../domain/json.ts";
import type { Verification } from "../domain/outcome.ts";
import type { Delivery, VerifyContext } from "../domain/provider.ts";
import { findSecret, readBase64, sameText } from "./hmac.ts";

/** An HMAC key as Adyen shows it. Node would cut any other text at its first wrong digit, in the worst case to nothing. */
export const ADYEN_KEY = /^[0-9A-Fa-f]{64}$/;

/** Depth to which a body is read here: far above Adyen's own. The configured limit is judged after authenticity. */
export const ADYEN_DEPTH = 64;

/**
 * Every item has to be signed. The body is read as `normalise` will read it; one that can be read in two ways
 * (a key twice) proves nothing. No time is signed: a replay is known by its event id.
 */
export function verifyAdyen({ body }: Delivery, { secrets, settings }: VerifyContext): Verification {
  const json = readJson(body, ADYEN_DEPTH);
  const items = json.ok ? readItems(json.value) : null;
  if (items === null) return { kind: "forged", reason: "malformed_signature" };
  const keys = secrets.map((secret) => (ADYEN_KEY.test(secret) ? secret : ""));
  let secretIndex = 0;
  for (const item of items) {
    const signature = textAt(item, "additionalData", "hmacSignature");
    if (signature === null) return { kind: "forged", reason: "missing_signature" };
    const signed = signedFields(item);
    if (signed === null || readBase64(signature)?.length !== 32)
      return { kind: "forged", reason: "malformed_signature" };
    const match = findSecret(keys, (key) => sameText(signature, signAdyen(signed, key)));
    if (!match.ok) return { kind: "forged", reason: match.reason };
    if (!isOurAccount(signed.merchantAccountCode, settings)) return { kind: "forged", reason: "wrong_account" };
    secretIndex = Math.max(secretIndex, match.index);
  }
  return { kind: "authentic", secretIndex };
}

/** The signature of an item under a hex key, base64. */
export function signAdyen(signed: SignedFields, key: string): string {
  return createHmac("sha256", Buffer.from(key, "hex")).update(Object.values(signed).join(":")).digest("base64");
}

function isOurAccount(account: string, settings: VerifyContext["settings"]): boolean {
  const accounts = at(settings, "merchantAccounts");
  return !Array.isArray(accounts) || accounts.length === 0 || accounts.includes(account);
}

/** The items of a batch, or null when there is none or one is not an item. */
export function readItems(body: JsonValue): readonly JsonValue[] | null {
  const wrapped = at(body, "notificationItems");
  if (!Array.isArray(wrapped) || wrapped.length === 0) return null;
  const items = wrapped.map((entry) => at(entry, "NotificationRequestItem"));
  return items.every(isObject) ? items : null;
}

export interface SignedFields {
  readonly pspReference: string;
  readonly originalReference: string;
  readonly merchantAccountCode: string;
  readonly merchantReference: string;
  readonly value: string;
  readonly currency: string;
  readonly eventCode: string;
  readonly success: string;
}

/**
 * What is signed of an item, in the order in which it is joined; a missing field is empty text. Nothing else of an
 * item is: not `eventDate`, not `reason`, not `additionalData`. Null when a field cannot be what Adyen signed.
 */
export function signedFields(item: JsonValue): SignedFields | null {
  const fields = {
    pspReference: fieldText(at(item, "pspReference")),
    originalReference: fieldText(at(item, "originalReference")),
    merchantAccountCode: fieldText(at(item, "merchantAccountCode")),
    merchantReference: fieldText(at(item, "merchantReference")),
    value: fieldText(at(item, "amount", "value")),
    currency: fieldText(at(item, "amount", "currency")),
    eventCode: fieldText(at(item, "eventCode")),
    success: fieldText(at(item, "success")),
  };
  if (Object.values(fields).includes(null)) return null;
  const signed = fields as SignedFields;
  const { merchantAccountCode: _, merchantReference: __, ...noColon } = signed;
  // Fields are joined with ":" and not escaped. Adyen's own ids have none, so only the border between the account and
  // the merchant's reference stays open; `merchantAccounts` closes it.
  return Object.values(noColon).some((text) => text.includes(":")) ? null : signed;
}

function fieldText(value: JsonValue | undefined): string | null {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? null : String(value);
}
