import { CommanderError } from "commander";
import { expect, it } from "vitest";
import { ConfigError, StoreError } from "../../domain/errors.ts";
import { CliError, endingOf } from "./exit.ts";

it("gives every kind of failure its exit status", () => {
  expect(endingOf(new CliError(4, "no such event"))).toEqual({ exitCode: 4, lines: ["no such event"] });
  expect(endingOf(new StoreError("unavailable", "gone"))).toEqual({ exitCode: 75, lines: ["gone"] });
  expect(endingOf(new Error("boom"))).toEqual({ exitCode: 1, lines: ["boom"] });
});

it("says every configuration problem on a line of its own", () => {
  const error = new ConfigError([
    { path: "sources.stripe.secrets[0]", message: "is empty" },
    { path: "server.admin.port", message: "must be a number" },
  ]);
  expect(endingOf(error)).toEqual({
    exitCode: 78,
    lines: ["sources.stripe.secrets[0]: is empty", "server.admin.port: must be a number"],
  });
});

it("tells how to reach the inbox that holds a locked store", () => {
  const { exitCode, lines } = endingOf(new StoreError("locked", "the data directory is in use"));
  expect(exitCode).toBe(75);
  expect(lines.join()).toContain("--url");
});

it("takes help for a success, a missing command and any other usage error for 2", () => {
  expect(endingOf(new CommanderError(0, "commander.helpDisplayed", "(outputHelp)"))).toEqual({
    exitCode: 0,
    lines: [],
  });
  expect(endingOf(new CommanderError(1, "commander.help", "(outputHelp)"))).toEqual({ exitCode: 2, lines: [] });
  expect(
    endingOf(new CommanderError(1, "commander.unknownOption", "error: unknown option '--x'\n(Did you mean y?)")),
  ).toEqual({
    exitCode: 2,
    lines: ["unknown option '--x' (Did you mean y?)"],
  });
});
