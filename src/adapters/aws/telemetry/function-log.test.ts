import { describe, expect, test } from "vitest";
import { redactText } from "../../../pipeline/redact.ts";
import { type FunctionLogParts, openFunctionLog } from "./function-log.ts";

function opened(over: Partial<FunctionLogParts> = {}) {
  const lines: string[] = [];
  const log = openFunctionLog({
    functionName: "webhook-receiver-prod",
    level: "info",
    clock: { now: () => Date.parse("2026-01-02T03:04:05.678Z") },
    redact: redactText,
    trace: () => undefined,
    write: (line) => lines.push(line),
    ...over,
  });
  return { log, lines, read: () => lines.splice(0).map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe("a line", () => {
  test("says who, when and for which invocation and trace, and whether that was a cold start", () => {
    let trace: string | undefined = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    const { log, read } = opened({ trace: () => trace });
    const common = { at: "2026-01-02T03:04:05.678Z", function: "webhook-receiver-prod" };
    log.info({}, "starting");
    log.begin("req-1");
    log.info({ eventId: "shop:evt_1", durationMs: 1.5 }, "taken");
    trace = undefined;
    log.begin("req-2");
    log.error({ code: "internal" }, "request failed");
    const traceId = "1-5759e988-bd862e3fe1be46a994272793";
    expect(read()).toEqual([
      { level: "info", message: "starting", ...common, traceId, coldStart: true },
      {
        level: "info",
        message: "taken",
        ...common,
        requestId: "req-1",
        traceId,
        coldStart: true,
        eventId: "shop:evt_1",
        durationMs: 1.5,
      },
      { level: "error", message: "request failed", ...common, requestId: "req-2", code: "internal" },
    ]);
  });

  test("holds no field that is not on the list, and nothing that is no single value; it says how many", () => {
    const { log, lines, read } = opened();
    const hidden = { payload: "hush", headers: { a: "hush" }, secret: "hush", authorization: "hush", body: "hush" };
    log.warn({ ...hidden, error: { message: "hush" }, source: ["hush"], status: 503, count: undefined }, "refused");
    expect(lines.join()).not.toContain("hush");
    expect(read()).toMatchObject([{ status: 503, droppedFields: 7 }]);
    log.warn({ status: 503 }, "refused");
    expect(read()[0]).not.toHaveProperty("droppedFields");
  });

  test("cannot be given another level, time or function by a field", () => {
    const { log, read } = opened();
    log.info({ level: "debug", at: "never", message: "other", function: "other", traceId: "x" }, "mine");
    expect(read()).toMatchObject([
      { level: "info", at: "2026-01-02T03:04:05.678Z", message: "mine", function: "webhook-receiver-prod" },
    ]);
  });

  test("is one line, short, and shows no card number in full", () => {
    const { log, lines, read } = opened();
    const foreign = `declined:\n4111 1111 1111 1111 \u001b[31m${"x".repeat(5000)}`;
    log.error({ error: foreign, target: foreign }, foreign);
    expect(lines.join("")).not.toContain("\n");
    expect(lines.join("")).not.toMatch(/4111 ?1111 ?1111 ?1111/);
    const [line] = read();
    expect(String(line?.error)).toMatch(/^declined: 4111 ?11/);
    expect([line?.error, line?.target, line?.message].map((text) => String(text).length)).toEqual([500, 500, 2000]);
  });
});

test("what is less severe than the configured level is not written", () => {
  const { log, read } = opened({ level: "warn" });
  log.info({}, "no");
  log.warn({}, "yes");
  expect(read()).toMatchObject([{ message: "yes" }]);
  const silent = opened({ level: "silent" });
  silent.log.error({}, "no");
  expect(silent.read()).toEqual([]);
});
