import { createHash } from "node:crypto";
import { dirname, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ArchiveRecord, archiveContent, archiveKey } from "./archive-record.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const record: ArchiveRecord = {
  eventId: "stripe:evt_1",
  source: "stripe",
  provider: "stripe",
  type: "payment.succeeded",
  receivedAt: "2025-01-05T23:59:59.999Z",
  deadAt: "2025-01-06T00:00:07.000Z",
  attempts: [
    {
      n: 1,
      startedAt: "2025-01-06T00:00:00.000Z",
      endedAt: "2025-01-06T00:00:01.000Z",
      outcome: "failed",
      error: "no",
    },
  ],
  bodySha256: "ab".repeat(32),
  payload: Buffer.from('{"amount":0.10,"big":12345678901234567890}'),
};

const keyOf = (id: string): string =>
  archiveKey({ eventId: `s:${id}`, source: "s", receivedAt: "2025-01-05T00:00:00.000Z" }, sha256);
const nameOf = (id: string): string => keyOf(id).slice("s/2025/01/05/".length, -".json".length);

describe("the key", () => {
  test("names the source, the UTC date of receipt and the provider's id", () => {
    expect(archiveKey(record, sha256)).toBe("stripe/2025/01/05/evt_1.json");
    expect(archiveKey({ ...record, receivedAt: "2025-01-05T23:30:00-02:00" }, sha256)).toBe(
      "stripe/2025/01/06/evt_1.json",
    );
  });

  test.each([
    ["WH-2.a_B", "WH-2.a_B"],
    [".", "%2E"],
    ["..", "%2E."],
    [".hidden", "%2Ehidden"],
    ["../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"],
    ["a:b c%", "a%3Ab%20c%25"],
    ["é", "%C3%A9"],
    ["a\\b", "a%5Cb"],
    ["x".repeat(200), "x".repeat(200)],
  ])("writes the id %j as %s", (id, name) => expect(nameOf(id)).toBe(name));

  test("shortens a name over 200 bytes to its start and a digest of the id", () => {
    const id = `${"é".repeat(40)}tail`;
    const digest = createHash("sha256").update(id).digest("hex").slice(0, 32);
    expect(nameOf(id)).toBe(`${"%C3%A9".repeat(25)}-${digest}`);
    expect(nameOf("x".repeat(201))).toMatch(/^x{150}-[0-9a-f]{32}$/);
  });

  test("never leaves the folder, never hides, and always fits a file name", () => {
    const ids = fc.oneof(
      fc.string({ minLength: 1, maxLength: 255, unit: "grapheme" }),
      fc.string({ minLength: 1, maxLength: 255, unit: fc.constantFrom(".", "/", "\\", "%", "a", "\u0000", "é") }),
    );
    fc.assert(
      fc.property(ids, (id) => {
        const key = keyOf(id);
        expect(key).toMatch(/^s\/2025\/01\/05\/(?!\.)[A-Za-z0-9._%-]{1,200}\.json$/);
        expect(dirname(resolve("/root", key))).toBe("/root/s/2025/01/05");
        const name = nameOf(id);
        if (!/-[0-9a-f]{32}$/.test(name)) expect(decodeURIComponent(name)).toBe(id);
      }),
    );
  });

  test.each([
    ["a source that is a path", { ...record, source: "../x", eventId: "../x:evt" }],
    ["an event of another source", { ...record, source: "paypal" }],
    ["an empty provider id", { ...record, eventId: "stripe:" }],
    ["a time that is none", { ...record, receivedAt: "../../.." }],
    ["a year beyond four digits", { ...record, receivedAt: "+012025-01-01T00:00:00.000Z" }],
  ])("is refused for %s", (_, wrong) => {
    expect(() => archiveKey(wrong, sha256)).toThrow(/^archive: /);
  });
});

describe("the content", () => {
  test("has exactly the promised keys and the payload's own digits", () => {
    const text = archiveContent(record);
    const { payload, ...rest } = record;
    expect(JSON.parse(text)).toEqual({ ...rest, payload: JSON.parse(Buffer.from(payload ?? "").toString()) });
    expect(text).toContain(`"payload":${Buffer.from(payload ?? "").toString()}}`);
    expect(archiveContent({ ...record })).toBe(text);
  });

  test.each([
    ["that is gone as null", null, null],
    ["that is not JSON as a string", 'a="b"', 'a="b"'],
    ["with a byte order mark as a string", '\ufeff{"a":1}', '\ufeff{"a":1}'],
  ])("holds a payload %s", (_, payload, shown) => {
    const text = archiveContent({ ...record, payload: payload === null ? null : Buffer.from(payload) });
    expect((JSON.parse(text) as { payload: unknown }).payload).toBe(shown);
  });
});
