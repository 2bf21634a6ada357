import { createHmac } from "node:crypto";
import { at, textAt } from "../domain/json.ts";
import type { ForgeryReason, Verification } from "../domain/outcome.ts";
import type { Delivery, VerifyContext } from "../domain/provider.ts";
import { findSecret, readBase64, sameText, singleHeader } from "./hmac.ts";
import { judgeSigningTime, readUnixSeconds } from "./signing-time.ts";

/** How a sender signs, every default filled in. Header names are lower case. */
export interface GenericScheme {
  readonly header: string;
  readonly encoding: "hex" | "base64";
  readonly prefix: string;
  /** With the placeholders `{body}` and `{timestamp}`. */
  readonly signed: string;
  /** Null when no time is signed. */
  readonly timestampHeader: string | null;
}

/** HMAC-SHA256 over a template of the raw body and, where the sender signs one, a time in unix seconds. */
export function verifyGeneric({ headers, body }: Delivery, { secrets, settings, now }: VerifyContext): Verification {
  const scheme = genericScheme(settings);
  const signature = singleHeader(headers, scheme.header);
  if (!signature.ok) return forged(signature.reason);
  const expectedForm = readSignature(signature.value, scheme);
  if (expectedForm === null) return forged("malformed_signature");
  const time = readTimestamp(headers, scheme);
  if (typeof time === "string") return forged(time);
  const content = compose(scheme.signed, { timestamp: time?.text ?? "", body });
  const match = findSecret(secrets, (secret) =>
    sameText(expectedForm, createHmac("sha256", secret).update(content).digest(scheme.encoding)),
  );
  if (!match.ok) return forged(match.reason, time?.signedAt);
  if (time === null) return { kind: "authentic", secretIndex: match.index };
  const inTime = judgeSigningTime(time.signedAt, now, settings.tolerance);
  return inTime === "in_time"
    ? { kind: "authentic", secretIndex: match.index, signedAt: time.signedAt }
    : forged(inTime, time.signedAt);
}

/** The scheme that a source's settings describe. */
export function genericScheme(settings: VerifyContext["settings"]): GenericScheme {
  const hmac = at(settings, "hmac");
  const timestampHeader = textAt(hmac, "timestampHeader")?.toLowerCase() ?? null;
  const signed = textAt(hmac, "signed") ?? (timestampHeader === null ? "{body}" : "{timestamp}.{body}");
  return {
    header: (textAt(hmac, "header") ?? "x-signature").toLowerCase(),
    encoding: textAt(hmac, "encoding") === "base64" ? "base64" : "hex",
    prefix: textAt(hmac, "prefix") ?? "",
    signed,
    // A time that is not signed proves nothing and is not read.
    timestampHeader: signed.includes("{timestamp}") ? (timestampHeader ?? "x-timestamp") : null,
  };
}

/** The template filled in. In bytes, because a body that passed through text may have changed. */
export function compose(template: string, values: { readonly timestamp: string; readonly body: Uint8Array }): Buffer {
  const parts = template.split(/(\{body\}|\{timestamp\})/).map((part) => {
    if (part === "{body}") return values.body;
    return Buffer.from(part === "{timestamp}" ? values.timestamp : part);
  });
  return Buffer.concat(parts);
}

/** The signature as this process would write it, or null when it cannot be one. */
function readSignature(value: string, { encoding, prefix }: GenericScheme): string | null {
  if (!value.startsWith(prefix)) return null;
  const text = value.slice(prefix.length);
  if (encoding === "hex") return /^[0-9A-Fa-f]{64}$/.test(text) ? text.toLowerCase() : null;
  return readBase64(text)?.length === 32 ? text : null;
}

function readTimestamp(
  headers: Delivery["headers"],
  { timestampHeader }: GenericScheme,
): { readonly text: string; readonly signedAt: number } | ForgeryReason | null {
  if (timestampHeader === null) return null;
  const header = singleHeader(headers, timestampHeader);
  if (!header.ok) return header.reason === "missing_signature" ? "missing_header" : header.reason;
  const signedAt = readUnixSeconds(header.value);
  return signedAt === null ? "malformed_signature" : { text: header.value, signedAt };
}

function forged(reason: ForgeryReason, signedAt?: number): Verification {
  return { kind: "forged", reason, ...(signedAt === undefined ? {} : { signedAt }) };
}
