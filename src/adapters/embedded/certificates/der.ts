/** The few DER values (ITU-T X.690) that a certificate is written with. */

export function sequence(...parts: readonly Buffer[]): Buffer {
  return value(0x30, Buffer.concat(parts));
}

export function set(part: Buffer): Buffer {
  return value(0x31, part);
}

/** Context tag `[n]`, explicit. */
export function explicit(n: number, part: Buffer): Buffer {
  return value(0xa0 + n, part);
}

/** A number below 128, or the big-endian bytes of a positive number. */
export function integer(number: number | Buffer): Buffer {
  return value(0x02, typeof number === "number" ? Buffer.from([number]) : number);
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return value(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

export function text(content: string): Buffer {
  return value(0x0c, Buffer.from(content, "utf8"));
}

export function octetString(content: Buffer): Buffer {
  return value(0x04, content);
}

export function bitString(content: Buffer): Buffer {
  return value(0x03, Buffer.concat([Buffer.from([0]), content]));
}

export function nullValue(): Buffer {
  return value(0x05, Buffer.alloc(0));
}

export const TRUE: Buffer = value(0x01, Buffer.from([0xff]));

/** RFC 5280 has two-digit years until 2049. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050 ? value(0x17, Buffer.from(digits.slice(2))) : value(0x18, Buffer.from(digits));
}

function base128(number: number): readonly number[] {
  const bytes = [number & 0x7f];
  for (let rest = number >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

function value(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
