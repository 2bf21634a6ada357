import { expect, test } from "vitest";
import { readEventId } from "./event-id.ts";

test.each(["e", "evt_1", "WH-1:2 3", "é", "😀", "e".repeat(255)])("%j is an id", (id) => {
  expect(readEventId(id)).toBe(id);
});

test.each(["", "e".repeat(256), "a\nb", "a\u0000", "\u007f", "a\u0085", "\ud800", "a\udc00b", 1, null, undefined, {}])(
  "%j is no id",
  (value) => {
    expect(readEventId(value)).toBeNull();
  },
);
