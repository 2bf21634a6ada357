import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { badHandler, callFor, failure, folder, open } from "../../../../test/embedded/handler-pool-fixture.ts";

describe("a handler that behaves", () => {
  test("gets the frozen event and the context of the call", async () => {
    const { pool, lines } = open(`export async function onEvent(event, ctx) {
      ctx.log.info(JSON.stringify([event.amountMinor, ctx.attempt, ctx.eventId, ctx.idempotencyKey,
        ctx.transaction.transactionId, Object.isFrozen(event), Object.isFrozen(ctx.transaction.refunds),
        ctx.signal.aborted]));
      ctx.log.warn("count %d", 3); ctx.log.error("two", { a: 1 });
    }`);
    const transaction = {
      transactionId: "shop:p1",
      provider: "generic",
      currency: "EUR",
      payment: null,
      refunds: {},
      disputes: {},
      refundTotalMinor: null,
      lastEventAt: null,
    };
    expect(await pool.run(callFor("e1", { attempt: 2, transaction }))).toEqual({ kind: "done" });
    expect(lines).toEqual([
      {
        level: "info",
        fields: { eventId: "shop:e1" },
        message: '["1999",2,"shop:e1","shop:e1","shop:p1",true,true,false]',
      },
      { level: "warn", fields: { eventId: "shop:e1" }, message: "count 3" },
      { level: "error", fields: { eventId: "shop:e1" }, message: "two { a: 1 }" },
    ]);
  });

  test("keeps its process from one event to the next", async () => {
    const { pool, lines } = open(`let n = 0; export async function onEvent(e, ctx) { ctx.log.info(String(++n)); }`);
    for (const id of ["a", "b", "c"]) await pool.run(callFor(id));
    expect(lines.map((line) => line.message)).toEqual(["1", "2", "3"]);
  });

  test("takes its first event in the process that loaded the module", async () => {
    const { pool, lines } = open(
      `console.log("loaded"); export async function onEvent(e, ctx) { ctx.log.info("called"); }`,
    );
    expect(await pool.load()).toEqual({ kind: "done" });
    await pool.run(callFor("a"));
    await pool.close(1000);
    expect(lines.map((line) => line.message).toSorted()).toEqual(["called", "loaded"]);
  });

  test("runs in as many processes as allowed and never gets two events at once in one", async () => {
    const { pool, lines } = open(
      `let running = 0;
       export async function onEvent(event, ctx) {
         running++;
         await new Promise((done) => setTimeout(done, 20));
         ctx.log.info(process.pid + " " + running--);
       }`,
      { size: 2 },
    );
    const results = await Promise.all(["a", "b", "c", "d", "e", "f"].map((id) => pool.run(callFor(id))));
    expect(results.every((result) => result.kind === "done")).toBe(true);
    expect(new Set(lines.map((line) => line.message.split(" ")[0])).size).toBe(2);
    expect(lines.every((line) => line.message.endsWith(" 1"))).toBe(true);
  });

  test("sees its own environment but not the inbox's secrets", async () => {
    const { pool, lines } = open(
      `export async function onEvent(e, ctx) {
         ctx.log.info(Object.keys(process.env).filter((name) => /_TEST|STRONG|STRIPE/i.test(name)).sort().join());
       }`,
      {
        env: { DATABASE_TEST: "x", STRONGROOM_TOKEN: "t", strongroom_x: "t", STRIPE_WEBHOOK_SECRET: "s" },
        hideEnv: ["STRIPE_WEBHOOK_SECRET"],
      },
    );
    await pool.run(callFor("e"));
    expect(lines.map((line) => line.message)).toEqual(["DATABASE_TEST"]);
  });

  test("is told shortly before its time is up", async () => {
    const { pool } = open(
      `export function onEvent(event, ctx) {
         return new Promise((_, reject) => ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason)));
       }`,
      { timeoutMs: 2000 },
    );
    expect(await pool.run(callFor("e"))).toEqual(failure("the handler's time limit is near"));
  });

  test("is read anew after a reload", async () => {
    const { pool, module, lines } = open(`export async function onEvent(e, ctx) { ctx.log.info("old"); }`);
    await pool.run(callFor("a"));
    writeFileSync(module, `export async function onEvent(e, ctx) { ctx.log.info("new"); }`);
    await pool.run(callFor("b"));
    pool.reload();
    await pool.run(callFor("c"));
    expect(lines.map((line) => line.message)).toEqual(["old", "old", "new"]);
  });
});

describe("a failure is one line for operators", () => {
  test.each([
    ["an error", `throw new Error("no stock")`, "no stock"],
    ["a named error", `throw new TypeError("x is undefined")`, "TypeError: x is undefined"],
    ["a rejection", `return Promise.reject(new RangeError("far"))`, "RangeError: far"],
    ["null", "throw null", "the handler threw null"],
    ["undefined", "throw undefined", "the handler threw undefined"],
    ["a string", `throw "two\\nlines\\u0007"`, "two lines"],
    ["a symbol", `throw Symbol("s")`, "the handler threw Symbol(s)"],
    ["an empty object", "throw {}", "the handler threw a value without a message"],
    [
      "hostile getters",
      `throw { get message() { throw 1; }, get name() { throw 2; }, get permanent() { throw 3; }, toString() { throw 4; } }`,
      "the handler threw a value without a message",
    ],
    [
      "a revoked proxy",
      "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy;",
      "the handler threw a value without a message",
    ],
    [
      "a hidden cause",
      `throw new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } })`,
      /^TypeError: fetch failed \(ECONNREFUSED\)$/,
    ],
    ["a long message", `throw new Error("x".repeat(1e6))`, /^x{499}…$/],
  ])("for %s", async (_, code, error) => {
    const { pool } = open(badHandler(code));
    expect(await pool.run(callFor("bad"))).toEqual(failure(error));
    expect(await pool.run(callFor("good"))).toEqual({ kind: "done" });
  });

  test("and permanent when the error says so", async () => {
    const { pool } = open(`export async function onEvent(event) {
      if (event.providerEventId === "a") throw Object.assign(new Error("closed account"), { permanent: true });
      throw Object.assign(new Error("gone"), { name: "PermanentError" });
    }`);
    expect(await pool.run(callFor("a"))).toEqual(failure("closed account", true));
    expect(await pool.run(callFor("b"))).toEqual(failure("PermanentError: gone", true));
  });
});

describe("a module that cannot be loaded", () => {
  test.each([
    ["has a syntax error", "export async function onEvent( {", /^the handler module cannot be loaded: SyntaxError/],
    ["throws", `throw new Error("no database");`, "the handler module cannot be loaded: no database"],
    ["exports something else", "export default 1;", /exports no function named onEvent$/],
    [
      "imports what is missing",
      `import "./nowhere.mjs";`,
      /^the handler module cannot be loaded: .*ERR_MODULE_NOT_FOUND/,
    ],
    ["ends the process", "process.exit(4);", /ended during the call \(exit code 4\)$/],
  ])("fails each attempt and is tried again: it %s", async (_, source, error) => {
    const { pool, module } = open(source);
    expect(await pool.run(callFor("a"))).toEqual(failure(error));
    expect(await pool.run(callFor("b"))).toEqual(failure(error));
    writeFileSync(module, "export function onEvent() {}");
    expect(await pool.run(callFor("c"))).toEqual({ kind: "done" });
  });

  test.each([
    ["has a syntax error", "export async function onEvent( {", /^the handler module cannot be loaded: SyntaxError/],
    ["exports something else", "export default 1;", /exports no function named onEvent$/],
    ["ends the process", "process.exit(4);", "the handler process ended while its module was loaded (exit code 4)"],
  ])("is found before the first event, and a mended one is seen afterwards: it %s", async (_, source, error) => {
    const { pool, module } = open(source);
    expect(await pool.load()).toEqual(failure(error));
    writeFileSync(module, "export function onEvent() {}");
    expect(await pool.load()).toEqual({ kind: "done" });
    expect(await pool.run(callFor("a"))).toEqual({ kind: "done" });
  });

  test("fails when the host itself is missing", async () => {
    const { pool } = open("", { hostPath: join(folder, "missing.mjs") });
    expect(await pool.run(callFor("a"))).toEqual(failure(/ended during the call \(exit code 1\)$/));
  });
});
