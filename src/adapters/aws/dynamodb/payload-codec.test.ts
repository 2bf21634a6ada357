import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePayload, encodePayload } from "./payload-codec.ts";
import { DICTIONARY } from "./payload-dictionary.ts";

describe("a stored payload", () => {
  it("is read as it was written, whatever its bytes and its headers are", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 2000 }), fc.json().map(Buffer.from)),
        fc.dictionary(fc.string(), fc.string({ unit: "grapheme" })),
        (body, headers) => {
          const { encoding, bytes } = encodePayload(body, headers);
          const read = decodePayload(encoding, bytes);
          expect(Buffer.from(read.body)).toEqual(Buffer.from(body));
          expect(JSON.stringify(read.headers)).toBe(JSON.stringify(headers));
        },
      ),
    );
  });

  it("is kept plain when it does not shrink", () => {
    const noise = createHash("shake256", { outputLength: 5000 }).update("noise").digest();
    const { encoding, bytes } = encodePayload(noise, {});
    expect(encoding).toBe("plain");
    expect(bytes.byteLength).toBe(noise.byteLength + "{}\n".length);
  });

  it("is reported as corrupt, without a word of it, when it is damaged", () => {
    const { encoding, bytes } = encodePayload(Buffer.from("secret ".repeat(50)), {});
    const damaged = [
      [encoding, bytes.subarray(0, bytes.byteLength - 5)],
      [encoding, Buffer.from("secret, and not deflated")],
      ["plain", Buffer.from("secret without headers")],
      ["plain", Buffer.from("secret headers\nbody")],
      ["deflate-9", bytes],
      [undefined, bytes],
    ] as const;
    for (const [name, content] of damaged) {
      const error = thrownBy(() => decodePayload(name, content));
      expect(error).toMatchObject({ name: "StoreError", fault: "corrupt" });
      expect(`${error}${error.cause}`).not.toContain("secret");
    }
  });

  it("that would fill the memory is not unpacked", () => {
    const packed = (megabytes: number) =>
      deflateRawSync(Buffer.alloc(megabytes * 1024 * 1024, "{}\n"), { dictionary: DICTIONARY, level: 1 });
    expect(decodePayload("deflate-1", packed(11)).body.byteLength).toBeGreaterThan(10 * 1024 * 1024);
    expect(thrownBy(() => decodePayload("deflate-1", packed(13)))).toMatchObject({ fault: "corrupt" });
  });

  it("can be read for ever: the dictionary of deflate-1 is this one", () => {
    expect(createHash("sha256").update(DICTIONARY).digest("hex")).toBe(
      "4ce50011687f4e4578a2adb00e6f95535d4cb84a3299061d19cf36622851c4c9",
    );
  });
});

function thrownBy(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error("Nothing was thrown.");
}
