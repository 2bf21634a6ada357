import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { failed, readAttempts, started, succeeded } from "./event-attempts.ts";

const journal = (...entries: readonly AttributeValue[]): AttributeValue => ({
  L: entries.flatMap((entry) => entry.L ?? []),
});
const outcomes = (value: AttributeValue, waiting: boolean) =>
  readAttempts(value, waiting).map(({ n, outcome, error }) => [n, outcome, error]);

describe("the journal of attempts", () => {
  it("tells each attempt with its end", () => {
    expect(
      readAttempts(journal(started(1000), failed(2000, "refused"), started(3000), succeeded(4000)), false),
    ).toEqual([
      {
        n: 1,
        startedAt: "1970-01-01T00:00:01.000Z",
        endedAt: "1970-01-01T00:00:02.000Z",
        outcome: "failed",
        error: "refused",
      },
      {
        n: 2,
        startedAt: "1970-01-01T00:00:03.000Z",
        endedAt: "1970-01-01T00:00:04.000Z",
        outcome: "succeeded",
        error: null,
      },
    ]);
    expect(readAttempts(undefined, true)).toEqual([]);
  });

  it("takes an attempt for interrupted when another began, or when the event waits no more", () => {
    const begun = journal(started(1000), started(2000));
    expect(outcomes(begun, true)).toEqual([
      [1, "interrupted", null],
      [2, null, null],
    ]);
    expect(outcomes(begun, false)).toEqual([
      [1, "interrupted", null],
      [2, "interrupted", null],
    ]);
  });

  it("ignores an end that was written twice, or that has no start", () => {
    expect(outcomes(journal(started(1000), failed(2000, "first"), failed(2000, "second")), false)).toEqual([
      [1, "failed", "first"],
    ]);
    expect(outcomes(journal(failed(2000, "alone")), false)).toEqual([]);
  });

  it("tells a failure without a word from a success", () => {
    expect(outcomes(journal(started(1000), failed(2000, "")), false)).toEqual([[1, "failed", ""]]);
  });
});
