import { expect, it } from "vitest";
import { jsonLine, visible, widthOf } from "./terminal-text.ts";

it("shows control and direction characters as escapes and leaves other text alone", () => {
  expect(visible("\u001b]0;x\u0007\u009b1m\r\n\t")).toBe("\\u001b]0;x\\u0007\\u009b1m\\r\\n\\t");
  expect(visible("a\u202eb\u2066c\u200bd\ufeff")).toBe("a\\u202eb\\u2066c\\u200bd\\ufeff");
  expect(visible("Zoë ¥ 漢字 🙂")).toBe("Zoë ¥ 漢字 🙂");
});

it("writes JSON that means the same and holds no such character", () => {
  const value = { "k\u009b": "\u001b\u007f\u0085\u2028\u202e🙂" };
  const line = jsonLine(value);
  expect(JSON.parse(line)).toEqual(value);
  expect(line).toBe('{"k\\u009b":"\\u001b\\u007f\\u0085\\u2028\\u202e🙂"}');
});

it("counts characters, not code units, and no combining marks", () => {
  expect(widthOf("🙂a")).toBe(2);
  expect(widthOf("e\u0301")).toBe(1);
});
