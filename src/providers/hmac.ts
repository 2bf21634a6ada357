import { timingSafeEqual } from "node:crypto";
import type { ForgeryReason, Verification } from "../domain/outcome.ts";
import type { Delivery } from "../domain/provider.ts";

export type HeaderRead =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly reason: "missing_signature" | "repeated_signature" };

/**
 * The value of a header that has to be there exactly once. An array is refused, even one of equal values: a proxy and
 * this process could each believe another one. `name` is lower case. An empty value counts as missing.
 */
export function singleHeader(headers: Delivery["headers"], name: string): HeaderRead {
  const found = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (found === undefined || found === "") return { ok: false, reason: "missing_signature" };
  return typeof found === "string" ? { ok: true, value: found } : { ok: false, reason: "repeated_signature" };
}

/** Whether two signature texts are equal, in a time that depends on their lengths only. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a, "utf8");
  const right = Buffer.from(b, "utf8");
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * The bytes behind standard base64 with its padding, or null for anything that an encoder would not have written:
 * white space, the URL alphabet, missing padding, stray bits. So one signature has one spelling.
 */
export function readBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && bytes.toString("base64") === text ? bytes : null;
}

/**
 * Looks for the secret that a delivery was signed with, newest first. An empty secret matches nothing: an HMAC under
 * it could be made by anybody.
 */
export function findSecret(
  secrets: readonly string[],
  matches: (secret: string) => boolean,
):
  | { readonly ok: true; readonly index: number }
  | { readonly ok: false; readonly reason: "no_secret" | "wrong_signature" } {
  if (!secrets.some((secret) => secret !== "")) return { ok: false, reason: "no_secret" };
  const index = secrets.findIndex((secret) => secret !== "" && matches(secret));
  return index === -1 ? { ok: false, reason: "wrong_signature" } : { ok: true, index };
}

/** The verdict on a delivery that is not believed. `signedAt` (epoch milliseconds) is what it claims, if it does. */
export function forged(reason: ForgeryReason, signedAt?: number): Verification {
  return { kind: "forged", reason, ...(signedAt === undefined ? {} : { signedAt }) };
}
