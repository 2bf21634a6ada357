import { createHash, randomBytes } from "node:crypto";

/** A random id of `length` letters and digits, for a sample that was asked for without one. */
export function randomId(length: number): string {
  return derivedId(randomBytes(16).toString("hex"), length);
}

/** An id that follows from `seed`, so that what belongs together refers to the same objects in every sample. */
export function derivedId(seed: string, length: number): string {
  const digest = createHash("sha512").update(seed).digest();
  return Array.from({ length }, (_, i) => ALPHABET[(digest[i % digest.length] ?? 0) % ALPHABET.length]).join("");
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
