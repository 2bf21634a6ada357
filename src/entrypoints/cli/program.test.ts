import { expect, it } from "vitest";
import { endingOf } from "./exit.ts";
import { buildProgram } from "./program.ts";

it.each([
  ["no-such-command", "no-such-command"],
  ["events no-such-command", "no-such-command"],
  ["events list --no-such-flag", "--no-such-flag"],
  ["events list --limit none", "--limit"],
  ["events list --limit 0", "--limit"],
  ["events list too many", "too many arguments"],
  ["send", "source"],
  ["send stripe payment.succeeded --tamper nothing", "--tamper"],
  ["send stripe payment.succeeded --to ftp://example.com", "--to"],
  ["send stripe payment.succeeded --times 0", "--times"],
  ["verify --source stripe", "--body"],
  ["verify --source stripe --body b --headers h --at yesterday", "--at"],
  ["events replay", "filters"],
  ["events replay --source stripe", "--yes"],
  ["events replay a:1 --source stripe", "not both"],
  ["events delete a:1 a:2", "--yes"],
  ["dead-letters redrive --all", "--yes"],
  ["dead-letters redrive", "--all"],
  ["dead-letters redrive a:1 --all", "--all"],
  ["dead-letters redrive a:1 --source stripe", "--all"],
  ["stats --stack prod --url http://127.0.0.1:4641", "--stack"],
  ["stats --stack prod --data-dir data", "--stack"],
  ["audit verify --stack prod", "without a hash chain"],
  ["audit checkpoint --out file --stack prod", "without a hash chain"],
  ["start --stack prod", "runs by itself"],
  ["tail --stack prod", "CloudWatch"],
  ["gc --stack prod", "DynamoDB"],
  ["backup --out file --stack prod", "point-in-time recovery"],
  ["doctor --stack prod", "stats"],
  ["send stripe payment.succeeded --stack prod", "--to"],
  ["config check --stack prod", "--stack"],
  ["stats --url ftp://example.com", "--url"],
  ["stats --url http://user:password@example.com", "password"],
  ["start --url http://127.0.0.1:4641", "--url"],
  ["dev --config some.yaml", "configuration"],
  ["dev --forward ftp://example.com", "--forward"],
  ["completion tcsh", "tcsh"],
])("%s: wrong usage is 2, and says what is wrong", async (line, words) => {
  const { exitCode, lines } = endingOf(await failureOf(line.split(" ")));
  expect(exitCode).toBe(2);
  expect(lines.join("\n")).toContain(words);
});

it("does not repeat a password that was given in a URL", async () => {
  const { lines } = endingOf(await failureOf(["stats", "--url", "http://user:hunter2@example.com"]));
  expect(lines.join("\n")).not.toContain("hunter2");
});

async function failureOf(args: readonly string[]): Promise<unknown> {
  try {
    await buildProgram().parseAsync([...args], { from: "user" });
  } catch (error) {
    return error;
  }
  throw new Error("it was accepted");
}
