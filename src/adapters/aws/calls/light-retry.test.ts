import { describe, expect, test } from "vitest";
import { CallError } from "./call-error.ts";
import { openRetry } from "./light-retry.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");
const AN_HOUR_LATER = { status: 400, date: new Date(NOW + 3_600_000).toUTCString() };

describe("retries", () => {
  test.each([
    ["a connection that broke off", new CallError("TimeoutError", "x")],
    ["no way to the host", new CallError("NetworkError", "x")],
    ["a success that cannot be read", new CallError("UnreadableAnswer", "x")],
    ["an internal error", answered(500, "InternalServerError")],
    ["a gateway's page", answered(502, "UnreadableAnswer")],
    ["a throttled table", answered(400, "ProvisionedThroughputExceededException")],
    ["too many requests, whatever they are called", answered(429, "Unknown")],
    [
      "a signature that grew old in a frozen function",
      answered(400, "InvalidSignatureException", "Signature expired: 1"),
    ],
    [
      "a clock that is an hour off",
      new CallError("InvalidSignatureException", "Signature not yet current", AN_HOUR_LATER),
    ],
  ])("happen twice after %s, and the third error is the caller's", async (_what, error) => {
    const { attempts, waits } = await run([error, error, error, error]);
    expect(attempts).toHaveLength(error.name === "InvalidSignatureException" && error.serverTime ? 2 : 3);
    expect(waits).toHaveLength(attempts.length - 1);
  });

  test.each([
    ["a condition that did not hold", answered(400, "ConditionalCheckFailedException")],
    ["a wrong request", answered(400, "ValidationException")],
    ["a refusal that cannot be read", answered(403, "UnreadableAnswer")],
    ["a missing permission", answered(400, "AccessDeniedException")],
    ["a bad certificate", new CallError("ConnectionError", "x")],
    ["an answer without an end", new CallError("AnswerTooLarge", "x")],
    ["an operation that does not exist", answered(501, "NotImplemented")],
    ["a fault of our own", new TypeError("x")],
  ])("do not happen after %s", async (_what, error) => {
    const { attempts, thrown } = await run([error]);
    expect(attempts).toHaveLength(1);
    expect(thrown).toBe(error);
  });

  test("wait for a random time below a ceiling that doubles, longer when throttled", async () => {
    const lost = new CallError("TimeoutError", "x");
    const throttled = answered(400, "ThrottlingException");
    expect((await run([lost, lost, "done"], 0.999)).waits).toEqual([49, 99]);
    expect((await run([throttled, throttled, "done"], 0.999)).waits).toEqual([99, 199]);
    expect((await run([lost, lost, "done"], 0)).waits).toEqual([0, 0]);
  });

  test("sign with the service's time once it is known, and with ours again when that is right", async () => {
    const retry = openRetry({ now: () => NOW, pause: async () => {}, random: () => 0 });
    const times: number[] = [];
    const call = (answers: (CallError | string)[]) =>
      retry(async (time) => {
        times.push(time.getTime() - NOW);
        const answer = answers.shift();
        if (answer instanceof CallError) throw answer;
        return answer;
      });
    await call([new CallError("RequestTimeTooSkewed", "x", AN_HOUR_LATER), "done"]);
    await call(["done"]);
    await call([
      new CallError("RequestTimeTooSkewed", "x", { status: 400, date: new Date(NOW).toUTCString() }),
      "done",
    ]);
    expect(times).toEqual([0, 3_600_000, 3_600_000, 3_600_000, 0]);
  });

  test("stop in an outage when the budget is used up, and come back with success", async () => {
    const retry = openRetry({ now: () => NOW, pause: async () => {}, random: () => 0 });
    const lost = new CallError("TimeoutError", "x");
    const tries = async (succeed: boolean) => {
      let count = 0;
      await retry(async () => {
        count += 1;
        if (!succeed) throw lost;
      }).catch(() => {});
      return count;
    };
    const outage = [];
    for (let call = 0; call < 30; call++) outage.push(await tries(false));
    expect(outage.slice(0, 17)).toEqual(Array(17).fill(3));
    expect(outage.at(-1)).toBe(1);
    for (let call = 0; call < 28; call++) await tries(true);
    expect(await tries(false)).toBe(3);
  });
});

function answered(status: number, name: string, message = "x"): CallError {
  return new CallError(name, message, { status, date: undefined });
}

async function run(answers: (Error | string)[], random = 0.5) {
  const waits: number[] = [];
  const attempts: Date[] = [];
  const retry = openRetry({ now: () => NOW, pause: async (ms) => void waits.push(ms), random: () => random });
  const thrown: unknown = await retry(async (time) => {
    attempts.push(time);
    const answer = answers[attempts.length - 1];
    if (answer instanceof Error) throw answer;
    return null;
  }).catch((error: unknown) => error);
  return { waits, attempts, thrown };
}
