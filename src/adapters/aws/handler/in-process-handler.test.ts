import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { paymentEvent } from "../../../../test/support/payment-events.ts";
import type { Transaction } from "../../../domain/transaction.ts";
import { apply } from "../../../domain/transaction.ts";
import type { HandlerCall } from "../../../ports/handler.ts";
import { type InProcessHandlerParts, openInProcessHandler } from "./in-process-handler.ts";

interface Line {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

function opened(source: string, over: Partial<InProcessHandlerParts> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "handler-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const module = join(folder, "handlers.mjs");
  writeFileSync(module, source);
  const lines: Line[] = [];
  const write = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  const log = { info: write("info"), warn: write("warn"), error: write("error") };
  const handler = openInProcessHandler({ module, timeoutMs: 2_000, remainingMs: () => 40_000, log, ...over });
  return { handler, lines, module };
}

function callOf(over: Partial<HandlerCall> = {}): HandlerCall {
  const event = over.event ?? paymentEvent("payment.succeeded", { providerEventId: "evt_1" });
  return { event, attempt: 1, idempotencyKey: event.eventId, transaction: undefined, ...over };
}

function transaction(): Transaction {
  const applied = apply(undefined, paymentEvent("payment.pending"));
  if (applied.kind === "quarantined" || applied.transaction === undefined) throw new Error("it was not applied");
  return applied.transaction;
}

describe("a call", () => {
  test("gets the event and its context, frozen to the bottom, and what it logs bears the event's id", async () => {
    const { handler, lines } = opened(`
      const isFrozen = (v) => typeof v !== "object" || v === null || (Object.isFrozen(v) && Object.values(v).every(isFrozen));
      export async function onEvent(event, ctx) {
        const { signal, log, ...rest } = ctx;
        ctx.log.info("seen %s", JSON.stringify({ event, rest, frozen: Object.isFrozen(ctx) && [event, ctx.transaction, log].every(isFrozen) }));
        ctx.log.warn("two\\nlines", signal.aborted);
      }`);
    const call = callOf({ attempt: 2, transaction: transaction() });
    expect(await handler.run(call)).toEqual({ kind: "done" });
    const { event, attempt, idempotencyKey } = call;
    const rest = { attempt, eventId: event.eventId, idempotencyKey, transaction: call.transaction };
    expect(JSON.parse((lines[0]?.message ?? "").replace("seen ", ""))).toEqual({ event, rest, frozen: true });
    expect(lines[1]).toEqual({ level: "warn", fields: { eventId: "shop:evt_1" }, message: "two lines false" });
    expect(Object.isFrozen(event)).toBe(false);
  });

  test("shares one import of the module with the calls before it", async () => {
    const { handler, lines } = opened(`
      let calls = 0;
      export const onEvent = (_, ctx) => ctx.log.info(++calls);`);
    await Promise.all([handler.run(callOf()), handler.run(callOf())]);
    await handler.run(callOf());
    expect(lines.map(({ message }) => message)).toEqual(["1", "2", "3"]);
  });

  test.each([
    ["throw", 'throw new Error("no\\nstock")', "no stock", false],
    ["rejection", 'return Promise.reject(Object.assign(new Error("gone"), { code: "E1" }))', "gone (E1)", false],
    ["permanent error", 'throw Object.assign(new Error("never"), { permanent: true })', "never", true],
    [
      "error that says so by its name",
      'throw Object.assign(new Error("never"), { name: "PermanentError" })',
      "PermanentError: never",
      true,
    ],
    ["attempt to change the event", 'event.amountMinor = "1"', "Cannot assign to read only property", false],
  ])("fails by a %s", async (_, body, error, permanent) => {
    const { handler } = opened(`export function onEvent(event) { ${body} }`);
    expect(await handler.run(callOf())).toEqual({ kind: "failed", error: expect.stringContaining(error), permanent });
  });

  test("logs at most 200 lines of at most 2000 characters", async () => {
    const { handler, lines } = opened(
      'export const onEvent = (_, ctx) => { for (let i = 0; i < 300; i++) ctx.log.error("x".repeat(3000)); };',
    );
    await handler.run(callOf());
    expect(lines).toHaveLength(200);
    expect(lines[0]?.message).toHaveLength(2000);
    expect(lines[199]?.message).toBe("further log lines of this call are not shown");
  });
});

describe("the time limit", () => {
  const WAITS = `
    export const onEvent = (_, { signal, log }) =>
      new Promise(() => signal.addEventListener("abort", () => log.info(signal.reason.message)));`;

  test("fails the attempt, after the signal was aborted", async () => {
    const { handler, lines } = opened(WAITS, { timeoutMs: 50 });
    const result = await handler.run(callOf());
    expect(result).toEqual({ kind: "failed", error: "the handler did not finish within 50 ms", permanent: false });
    expect(lines.map(({ message }) => message)).toEqual(["the handler's time limit is near"]);
  });

  test("is what is left of the invocation less the margin, when that is shorter", async () => {
    let remaining = 40_000;
    const { handler } = opened(WAITS, { remainingMs: () => remaining, timeoutMs: 50 });
    await handler.run(callOf());
    remaining = 3_040;
    expect(await handler.run(callOf())).toMatchObject({ error: "the handler did not finish within 40 ms" });
  });

  test("leaves the function uncalled when nothing is left", async () => {
    let remaining = 40_000;
    const { handler, lines } = opened('export const onEvent = (_, ctx) => ctx.log.info("called");', {
      remainingMs: () => remaining,
    });
    await handler.run(callOf());
    remaining = 3_000;
    expect(await handler.run(callOf())).toMatchObject({
      kind: "failed",
      error: "no time was left in the invocation to call the handler",
    });
    expect(lines).toHaveLength(1);
  });

  test("is met by a rejection that comes later without any harm", async () => {
    const { handler } = opened(
      'export const onEvent = () => new Promise((_, reject) => setTimeout(reject, 60, new Error("late")));',
      { timeoutMs: 20 },
    );
    expect(await handler.run(callOf())).toMatchObject({ error: "the handler did not finish within 20 ms" });
    // An unhandled rejection would fail the run.
    await new Promise((resolve) => setTimeout(resolve, 80));
  });

  test("also ends the wait for a module that never loads", async () => {
    const { handler } = opened("await new Promise(() => {}); export const onEvent = () => {};", {
      remainingMs: () => 3_030,
    });
    expect(await handler.run(callOf())).toMatchObject({ error: "the handler module was not loaded within 30 ms" });
  });
});

test.each([
  ["throws", 'throw new Error("no table")', "the handler module cannot be loaded: no table"],
  ["is no JavaScript", "export function (", "the handler module cannot be loaded: "],
  ["exports another name", "export const handler = () => {};", "it exports no function named onEvent"],
])("a module that %s is a failed attempt that says so", async (_, source, error) => {
  const { handler } = opened(source);
  for (let attempt = 1; attempt <= 2; attempt++) {
    const result = await handler.run(callOf({ attempt }));
    expect(result).toEqual({ kind: "failed", error: expect.stringContaining(error), permanent: false });
  }
});

test("a module that is not there is a failed attempt that says so", async () => {
  const { handler } = opened("", { module: join(tmpdir(), "there-is-no-such-module.mjs") });
  expect(await handler.run(callOf())).toMatchObject({
    kind: "failed",
    error: expect.stringContaining("the handler module cannot be loaded: "),
    permanent: false,
  });
});
