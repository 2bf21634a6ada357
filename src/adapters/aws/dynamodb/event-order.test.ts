import { describe, expect, it } from "vitest";
import { compare, isAfter, type Place, readCursor, writeCursor } from "./event-order.ts";

const place = (receivedAt: string, eventId: string): Place => ({ receivedAt, eventId });
const [early, late] = ["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.001Z"];

describe("the order of lists", () => {
  it("is newest receipt first, then by id downwards", () => {
    const places = [place(early, "a:9"), place(late, "a:1"), place(early, "b:1"), place(late, "a:2")];
    expect(places.sort(compare)).toEqual([
      place(late, "a:2"),
      place(late, "a:1"),
      place(early, "b:1"),
      place(early, "a:9"),
    ]);
  });

  it("goes on strictly behind a place", () => {
    expect(isAfter(place(early, "a"), place(early, "a"))).toBe(false);
    expect(isAfter(place(early, "a"), place(early, "b"))).toBe(true);
    expect(isAfter(place(late, "a"), place(early, "b"))).toBe(false);
    expect(isAfter(place(late, "a"), undefined)).toBe(true);
  });
});

describe("a cursor", () => {
  it("gives back the place, for the longest id too, and is short enough for a query", () => {
    for (const eventId of ["shop:evt 1", `${"s".repeat(40)}:${"\u754c".repeat(255)}`]) {
      const cursor = writeCursor(place(early, eventId));
      expect(cursor).toMatch(/^[\w-]{1,1024}$/);
      expect(readCursor(cursor)).toEqual(place(early, eventId));
    }
  });

  it("is nothing when it was made elsewhere", () => {
    for (const other of ["", "abc", "12", Buffer.from("yesterday shop:1", "utf16le").toString("base64url")]) {
      expect(readCursor(other)).toBeNull();
    }
  });
});
