import { expect, test } from "vitest";
import { crc32 } from "./crc32.ts";

test.each([
  ["", 0],
  ["123456789", 0xcbf43926],
  ["a", 0xe8b7be43],
  ["€", 0x83f2c8d6],
])("the CRC-32 of %j is the one of zlib, unsigned", (text, expected) => {
  expect(crc32(Buffer.from(text))).toBe(expected);
});
