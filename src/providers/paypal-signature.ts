import { constants, createHash, verify as verifySignature } from "node:crypto";
import { at, textAt } from "../domain/json.ts";
import type { ForgeryReason, Verification } from "../domain/outcome.ts";
import type { Delivery, VerifyContext } from "../domain/provider.ts";
import { type ProvenLeaf, proveLeaf, readCertificates, type Trust } from "./certificate-chain.ts";
import { crc32 } from "./crc32.ts";
import { readBase64, singleHeader } from "./hmac.ts";
import { readInstant } from "./instant.ts";
import { PAYPAL_INTERMEDIATES, PAYPAL_ROOTS } from "./paypal-roots.ts";
import { judgeSigningTime } from "./signing-time.ts";

const DAY = 24 * 60 * 60_000;
// PayPal retries for three days and does not say whether a retry is signed anew, so a delivery may be that old; the
// hours on top are for its last retry being late. https://developer.paypal.com/api/rest/webhooks/rest/
const OLDEST = 3 * DAY + DAY / 4;
const FURTHEST_AHEAD = 5 * 60_000;

/**
 * Judges a delivery offline: RSASSA-PKCS1-v1_5 with SHA-256 over `id|time|webhookId|crc32(body)`, under the key of a
 * certificate that PayPal names in a header. That header is not signed, so its URL is judged before anything is
 * fetched and the certificate has to prove itself. The body is covered by its CRC-32 only, which anybody can match
 * with another body: hence `boundTo`.
 */
export async function verifyPaypal(delivery: Delivery, context: VerifyContext): Promise<Verification> {
  const webhookId = textAt(context.settings, "webhookId");
  if (webhookId === null) return { kind: "forged", reason: "no_secret" };
  const headers = readHeaders(delivery.headers);
  if (typeof headers === "string") return { kind: "forged", reason: headers };
  const pem = await context.certificate(headers.certUrl);
  if (pem === null) return { kind: "unverifiable", reason: "certificate_unreachable" };
  const leaf = trustedLeaf(pem, context);
  if (leaf === null) return { kind: "forged", reason: "untrusted_certificate" };
  const signed = `${headers.id}|${headers.time}|${webhookId}|${crc32(delivery.body)}`;
  if (!isSignedBy(leaf, signed, headers.signature)) return { kind: "forged", reason: "wrong_signature" };
  const allowed = headers.signedAt > context.now ? FURTHEST_AHEAD : OLDEST;
  const inTime = judgeSigningTime(headers.signedAt, context.now, allowed);
  if (inTime !== "in_time") return { kind: "forged", reason: inTime, signedAt: headers.signedAt };
  // No `signedAt`: a retry may bear the time of the first try, which says nothing about anybody's clock.
  return { kind: "authentic", secretIndex: 0, boundTo: headers.id };
}

/** Whether a certificate may be fetched from there: nothing in it may lead anywhere but to PayPal's certificates. */
export function isCertificateUrl(text: string): boolean {
  // Compared as text, because a URL parser forgives what must not be forgiven: user names, ports, dot segments.
  return /^https:\/\/api(?:-m)?(?:\.sandbox)?\.paypal\.com\/v1\/notifications\/certs\/[A-Za-z0-9_-]{1,128}$/.test(text);
}

interface PaypalHeaders {
  readonly id: string;
  /** Verbatim, as it is signed. */
  readonly time: string;
  readonly signedAt: number;
  readonly signature: Buffer;
  readonly certUrl: string;
}

function readHeaders(headers: Delivery["headers"]): PaypalHeaders | ForgeryReason {
  const signature = singleHeader(headers, "paypal-transmission-sig");
  if (!signature.ok) return signature.reason;
  const values: string[] = [];
  for (const name of ["transmission-id", "transmission-time", "cert-url", "auth-algo"]) {
    const header = singleHeader(headers, `paypal-${name}`);
    if (!header.ok) return header.reason === "missing_signature" ? "missing_header" : header.reason;
    values.push(header.value);
  }
  const [id = "", time = "", certUrl = "", algorithm = ""] = values;
  if (algorithm !== "SHA256withRSA") return "unknown_algorithm";
  if (!isCertificateUrl(certUrl)) return "untrusted_certificate";
  const bytes = readBase64(signature.value);
  const instant = readInstant(time);
  // An id with a "|" could take a part of the time into itself without changing what is signed.
  if (bytes === null || instant === null || !/^[A-Za-z0-9_-]{1,128}$/.test(id)) return "malformed_signature";
  return { id, time, signedAt: Date.parse(instant), signature: bytes, certUrl };
}

function isSignedBy(leaf: ProvenLeaf, signed: string, signature: Buffer): boolean {
  if (leaf.key.asymmetricKeyType !== "rsa") return false;
  return verifySignature(
    "sha256",
    Buffer.from(signed),
    { key: leaf.key, padding: constants.RSA_PKCS1_PADDING },
    signature,
  );
}

const COMMON_NAMES = ["messageverificationcerts.paypal.com", "messageverificationcerts.sandbox.paypal.com"];

// Proven leaves by what proved them, so that a delivery costs one RSA operation. PayPal uses a handful.
const proven = new Map<string, ProvenLeaf>();
const MAX_PROVEN = 64;

function trustedLeaf(pem: string, { settings, now }: VerifyContext): ProvenLeaf | null {
  const roots = readRoots(settings);
  const cacheKey = createHash("sha256")
    .update(JSON.stringify([pem, roots]))
    .digest("base64");
  const known = proven.get(cacheKey);
  if (known !== undefined && known.from <= now && now <= known.until) return known;
  const leaf = proveLeaf(readCertificates(pem), trustWith(roots), COMMON_NAMES, now);
  if (leaf === null) return null;
  if (proven.size >= MAX_PROVEN) proven.clear();
  proven.set(cacheKey, leaf);
  return leaf;
}

function readRoots(settings: VerifyContext["settings"]): readonly string[] {
  const roots = at(settings, "certs", "roots");
  return Array.isArray(roots) ? roots.filter((root) => typeof root === "string") : [];
}

function trustWith(roots: readonly string[]): Trust {
  return {
    anchors: [...PAYPAL_ROOTS, ...roots].flatMap(readCertificates),
    intermediates: PAYPAL_INTERMEDIATES.flatMap(readCertificates),
  };
}
