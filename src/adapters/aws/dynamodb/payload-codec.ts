import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { StoreError } from "../../../domain/errors.ts";
import { DICTIONARY } from "./payload-dictionary.ts";

/** A body and the headers that came with it, as one attribute. */
export interface EncodedPayload {
  readonly encoding: PayloadEncoding;
  readonly bytes: Uint8Array;
}

/**
 * How the bytes are written: `deflate-1` is raw deflate with our first dictionary, which every reader must know for ever;
 * `plain` is for what does not shrink. In both, a line with the headers as JSON comes before the body.
 */
export type PayloadEncoding = "deflate-1" | "plain";

export interface DecodedPayload {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export function encodePayload(body: Uint8Array, headers: Readonly<Record<string, string>>): EncodedPayload {
  const plain = Buffer.concat([Buffer.from(`${JSON.stringify(headers)}\n`), body]);
  const packed = deflateRawSync(plain, { level: constants.Z_BEST_COMPRESSION, memLevel: 9, dictionary: DICTIONARY });
  return packed.byteLength < plain.byteLength
    ? { encoding: "deflate-1", bytes: packed }
    : { encoding: "plain", bytes: plain };
}

/** Rejects what is damaged, or would be larger than any body that was ever taken, with a `StoreError`. */
export function decodePayload(encoding: string | undefined, bytes: Uint8Array): DecodedPayload {
  try {
    const plain = encoding === "plain" ? Buffer.from(bytes) : unpack(encoding, bytes);
    const end = plain.indexOf("\n");
    if (end === -1) throw new Error("It has no headers.");
    return { headers: JSON.parse(plain.toString("utf8", 0, end)), body: plain.subarray(end + 1) };
  } catch {
    // The cause is not passed on: its message can quote the payload.
    throw new StoreError("corrupt", `A stored payload (${encoding ?? "no encoding"}) cannot be read.`);
  }
}

function unpack(encoding: string | undefined, bytes: Uint8Array): Buffer {
  if (encoding !== ("deflate-1" satisfies PayloadEncoding)) throw new Error("Its encoding is unknown.");
  return inflateRawSync(bytes, { dictionary: DICTIONARY, maxOutputLength: MAX_BYTES });
}

/** API Gateway takes no body over 10 MB; headers and some room on top. */
const MAX_BYTES = 12 * 1024 * 1024;
