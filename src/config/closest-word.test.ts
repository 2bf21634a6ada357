import { expect, it } from "vitest";
import { closestWord } from "./closest-word.ts";

const keys = ["server", "store", "sources", "secrets", "port", "maxBodyBytes"];

it.each([
  ["sourecs", "sources"],
  ["secret", "secrets"],
  ["maxbodybytes", "maxBodyBytes"],
  ["prt", "port"],
])("takes %s for %s", (word, meant) => {
  expect(closestWord(word, keys)).toBe(meant);
});

it.each(["", "x", "webhooks", "pain"])("does not guess what %j means", (word) => {
  expect(closestWord(word, keys)).toBeUndefined();
});
