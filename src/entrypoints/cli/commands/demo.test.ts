import { expect, it } from "vitest";
import { endingOf } from "../exit.ts";
import { buildProgram } from "../program.ts";

it.each([
  ["--url http://127.0.0.1:4641", "--url"],
  ["--config strongroom.yaml", "--config"],
  ["--data-dir here", "--data-dir"],
  ["--events 0", "--events"],
  ["--seed x", "--seed"],
])("demo takes no %s", async (line, words) => {
  const failure = await buildProgram()
    .parseAsync(["demo", ...line.split(" ")], { from: "user" })
    .then(() => null, endingOf);
  expect(failure).toMatchObject({ exitCode: 2, lines: [expect.stringContaining(words)] });
});
