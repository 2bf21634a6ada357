import type { ForgeryReason } from "../domain/outcome.ts";
import type { Delivery, Provider } from "../domain/provider.ts";
import type { DiagnosableSource, DiagnoseContext } from "./diagnose.ts";
import { signatureHeadersOf } from "./signature-headers.ts";

export interface Cause {
  readonly reason: string;
  readonly explanation: string;
}

/** A right signature that is too old or too new. Times in epoch milliseconds. */
export function explainSkew(
  reason: "stale_timestamp" | "future_timestamp",
  signedAt: number | undefined,
  now: number,
  settings: DiagnosableSource["settings"],
): string {
  const away = signedAt === undefined ? "too far" : duration(Math.abs(now - signedAt));
  const where = reason === "stale_timestamp" ? "before" : "after";
  const tolerance =
    typeof settings.tolerance === "number" ? ` and the tolerance is ${duration(settings.tolerance)}` : "";
  return `The signature is right but it was made ${away} ${where} the time at which it is judged${tolerance}: check both clocks, or judge it at its own time.`;
}

/** A delivery that failed before its signature could be compared. */
export function explainForgery(reason: ForgeryReason, delivery: Delivery, context: DiagnoseContext): Cause {
  return { reason, explanation: sentence(reason, delivery, context) };
}

/** A well-formed signature that nothing explains. */
export function explainNoMatch(delivery: Delivery, source: DiagnosableSource): Cause {
  if (delivery.body.length === 0) {
    return { reason: "empty_body", explanation: "The body is empty: something read it before it was captured." };
  }
  const key = source.secrets.find(({ value }) => isApiKey(source.provider, value));
  if (key !== undefined) return explainApiKey(source.provider, key.ref);
  if (source.provider.secret === null) {
    const explanation =
      "The signature fits neither this body nor a usual change of it: the webhook id is another one, or the delivery was altered.";
    return { reason: "wrong_signature", explanation };
  }
  const explanation =
    "No secret of any source explains the signature, nor does a usual change of the body: it was signed with another secret, or the body was altered.";
  return { reason: "wrong_secret", explanation };
}

/** Whether a value is one of this provider's API keys, which a merchant easily takes for the signing secret. */
export function isApiKey(provider: Provider, value: string): boolean {
  return API_KEYS[provider.name]?.test(value) ?? false;
}

/** `ref` is the secret's reference. */
function explainApiKey(provider: Provider, ref: string): Cause {
  const explanation = `${ref} holds an API key; ${provider.title} signs with the signing secret of the webhook endpoint.`;
  return { reason: "api_key", explanation };
}

// What a merchant finds next to the signing secret in the provider's dashboard.
const API_KEYS: Readonly<Record<string, RegExp>> = {
  stripe: /^[srp]k_/,
  square: /^(EAAA|sq0(atp|csp|idp)-|sandbox-sq0)/,
  razorpay: /^rzp_(live|test)_/,
  paddle: /^pdl_\w+_apikey_/,
};

function sentence(reason: ForgeryReason, delivery: Delivery, context: DiagnoseContext): string {
  const { provider, name } = context.source;
  const names = signatureHeadersOf(context.source);
  const missing = names.filter((header) => isAbsent(delivery.headers[header])).join(", ");
  const repeated = names.filter((header) => isRepeated(delivery.headers[header])).join(", ");
  switch (reason) {
    case "missing_signature":
    case "missing_header":
      return `${missing === "" ? "A header that carries the signature" : missing} is missing${looksLikeAnother(delivery, context)}.`;
    case "repeated_signature":
      return `${repeated === "" ? "A header that carries the signature" : repeated} came more than once: a proxy or the sender repeated it.`;
    case "malformed_signature":
      return `The signature is not in the form that ${provider.title} sends${looksLikeAnother(delivery, context)}.`;
    case "unknown_algorithm":
      return `The delivery names a signature algorithm that ${provider.title} does not use.`;
    case "untrusted_certificate":
      return "The certificate that signed it is not one to trust: its address, its chain, its subject or its dates are wrong.";
    case "transmission_reused":
      return "The transmission id was already used for another body.";
    case "wrong_account":
      return "The delivery belongs to another account than the one configured.";
    case "no_secret":
      return `Source ${name} has no secret that is valid at this time.`;
    case "wrong_signature":
    case "stale_timestamp":
    case "future_timestamp":
      return "The signature is wrong.";
  }
}

/** Names the source whose provider sends a signature header that is there and that this source's provider never sends. */
function looksLikeAnother(delivery: Delivery, { sources, source }: DiagnoseContext): string {
  const ours = signatureHeadersOf(source);
  const other = sources.find(
    (one) =>
      one.provider.name !== source.provider.name &&
      signatureHeadersOf(one).some((header) => !isAbsent(delivery.headers[header]) && !ours.includes(header)),
  );
  return other === undefined ? "" : `; the headers are those of ${other.provider.title} (source ${other.name})`;
}

function isAbsent(value: Delivery["headers"][string]): boolean {
  return value === undefined || value.length === 0;
}

function isRepeated(value: Delivery["headers"][string]): boolean {
  return typeof value === "object" && value.length > 1;
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
