import { describe, expect, test } from "vitest";
import { secretValues } from "./secret-text.ts";

const NEW = "whsec_new_0123456789";
const OLD = "whsec_old_0123456789";
const OLDER = "whsec_older_0123456789";

describe("the values of a secret", () => {
  test.each([
    ["both versions, the newer one first", NEW, OLD, null, [NEW, OLD]],
    ["the current one alone", NEW, null, null, [NEW]],
    ["the same one once", NEW, NEW, null, [NEW]],
    ["a text without its last newline", `${NEW}\n`, `${OLD}\r\n`, null, [NEW, OLD]],
    ["a member of the JSON of each", json({ stripe: NEW }), json({ stripe: OLD }), "stripe", [NEW, OLD]],
    ["a member that came later", json({ stripe: NEW }), json({ square: OLD }), "stripe", [NEW]],
    ["a member that a wrong new version lacks", json({}), json({ stripe: OLD }), "stripe", [OLD]],
    ["the pair that the JSON holds itself", json({ current: NEW, previous: OLD }), null, null, [NEW, OLD]],
    [
      "that pair, and not what it has dropped",
      json({ current: NEW, previous: OLD }),
      json({ current: OLD, previous: OLDER }),
      null,
      [NEW, OLD],
    ],
    ["a pair of which one is left", json({ current: NEW }), OLD, null, [NEW]],
    ["a text after a pair", NEW, json({ current: OLD, previous: OLDER }), null, [NEW, OLD]],
    [
      "a key called current like any other",
      json({ current: NEW, previous: OLDER }),
      json({ current: OLD }),
      "current",
      [NEW, OLD],
    ],
    ["no JSON that nobody said how to read", json({ stripe: NEW }), null, null, []],
    ["nothing under a key when it is no JSON", NEW, OLD, "stripe", []],
    ["nothing that is inherited", json({}), null, "constructor", []],
    ["nothing that is no text", json({ stripe: 1234567890123456 }), null, "stripe", []],
    ["nothing blank", " ".repeat(20), "", null, []],
    ["nothing under 16 bytes", "fifteen-bytes-x", OLD, null, [OLD]],
    ["nothing when there is no text", null, null, null, []],
  ])("are %s", (_, current, previous, key, values) => {
    expect(secretValues({ current, previous }, key)).toEqual(values);
  });
});

function json(value: object): string {
  return JSON.stringify(value);
}
