import { describe, expect, test } from "vitest";
import { badHandler, callFor, failure, open } from "../../../../test/embedded/handler-pool-fixture.ts";

describe("a handler that misbehaves fails its own attempt and nothing else", () => {
  test.each([
    ["calls process.exit", "process.exit(0);", /ended during the call \(exit code 0\)$/],
    ["calls process.abort", "process.abort();", /ended during the call \(SIGABRT\)$/],
    ["kills itself at once", `process.kill(process.pid, "SIGKILL");`, /\(SIGKILL\)$/],
    ["kills itself", `process.kill(process.pid, "SIGKILL"); await new Promise(() => {});`, /\(SIGKILL\)$/],
    [
      "closes the channel",
      "fs.closeSync(3); await new Promise(() => {});",
      /closed the inbox's own channel$|ended during/,
    ],
    [
      "writes garbage into the channel",
      `fs.writeSync(3, "hello\\n"); await new Promise(() => {});`,
      /wrote into the inbox's own channel$/,
    ],
    [
      "writes foreign JSON into the channel",
      `fs.writeSync(3, '{"kind":"done"}\\n'); await new Promise(() => {});`,
      /wrote into/,
    ],
    [
      "throws from a timer",
      `setTimeout(() => { throw new Error("timer"); }, 5); await new Promise(() => {});`,
      "timer",
    ],
    ["leaves a rejection alone", `Promise.reject(new Error("alone")); await new Promise(() => {});`, "alone"],
    ["uses Node's own channel", "process.send({});", /^TypeError/],
  ])("when it %s", async (_, code, error) => {
    const { pool } = open(badHandler(code));
    expect(await pool.run(callFor("good"))).toEqual({ kind: "done" });
    expect(await pool.run(callFor("bad"))).toEqual(failure(error));
    expect(await pool.run(callFor("good"))).toEqual({ kind: "done" });
  });

  test.each([
    ["never answers", "await new Promise(() => {});"],
    ["loops for ever", "for (;;) {}"],
    ["loops for ever inside what it throws", "throw { get message() { for (;;) {} } };"],
    ["stops its process", `process.kill(process.pid, "SIGSTOP"); await new Promise(() => {});`],
    ["logs for ever", `for (;;) ctx.log.info("x".repeat(10000));`],
  ])("when it %s", async (_, code) => {
    const { pool } = open(badHandler(code), { timeoutMs: 300, size: 2 });
    const [bad, good] = await Promise.all([pool.run(callFor("bad")), pool.run(callFor("good"))]);
    expect(bad).toEqual(failure("the handler did not finish within 300 ms"));
    expect(good).toEqual({ kind: "done" });
    expect(await pool.run(callFor("good again"))).toEqual({ kind: "done" });
  });

  test("when it exhausts its memory", async () => {
    const { pool } = open(badHandler("const all = []; for (;;) all.push(new Array(1e5).fill(all.length));"), {
      env: { ...process.env, NODE_OPTIONS: "--max-old-space-size=24" },
    });
    expect(await pool.run(callFor("bad"))).toEqual(failure(/ended during the call/));
    expect(await pool.run(callFor("good"))).toEqual({ kind: "done" });
  });

  test("when it closes the channel while it is idle", async () => {
    const { pool } = open(badHandler(`setTimeout(() => fs.writeSync(3, "late garbage\\n"), 5);`));
    expect(await pool.run(callFor("bad"))).toEqual({ kind: "done" });
    await new Promise((done) => setTimeout(done, 100));
    expect(await pool.run(callFor("good"))).toEqual({ kind: "done" });
  });
});

describe("what outlives its call", () => {
  test.each([
    ["a late rejection", `Promise.reject(new Error("late"))`],
    ["a late throw", `throw new Error("late")`],
    ["a late process.exit", "process.exit(3)"],
  ])("does not fail the next event: %s", async (_, late) => {
    const { pool, lines } = open(`let next = false; export async function onEvent(event) {
      if (event.providerEventId === "bad") {
        const timer = setInterval(() => { if (next) { clearInterval(timer); ${late}; } }, 5);
        return;
      }
      next = true;
      await new Promise((done) => setTimeout(done, 100));
    }`);
    const [bad, good] = await Promise.all([pool.run(callFor("bad")), pool.run(callFor("good"))]);
    expect([bad, good]).toEqual([{ kind: "done" }, { kind: "done" }]);
    expect(lines.some((line) => line.level === "warn" && /outlived its call/.test(line.message))).toBe(true);
  });

  test.each([
    ["ends the process", "setImmediate(() => process.exit(3));"],
    ["keeps the process busy for ever", "setImmediate(() => { for (;;); });"],
  ])("does not fail an event that could not start: it %s", async (_, late) => {
    const { pool } = open(badHandler(late));
    const results = await Promise.all(["a", "bad", "b"].map((id) => pool.run(callFor(id))));
    expect(results).toEqual([{ kind: "done" }, { kind: "done" }, { kind: "done" }]);
  });

  test("does not survive: the process is replaced after the event that runs", async () => {
    const { pool, lines } = open(`export async function onEvent(event, ctx) {
      ctx.log.info(String(process.pid));
      if (event.providerEventId === "bad") setTimeout(() => { throw new Error("late"); }, 200);
      await new Promise((done) => setTimeout(done, event.providerEventId === "bad" ? 0 : 1000));
    }`);
    for (const id of ["bad", "second", "third"]) await pool.run(callFor(id));
    const pids = lines.filter((line) => line.level === "info").map((line) => line.message);
    expect(pids).toHaveLength(3);
    expect(pids[0]).toBe(pids[1]);
    expect(pids[2]).not.toBe(pids[1]);
  });
});

describe("what the handler prints", () => {
  test("goes to the log and never to stdout", async () => {
    const { pool, lines } = open(
      badHandler(`console.log("to stdout"); console.error("to\\tstderr"); process.stdout.write("end");`),
    );
    await pool.run(callFor("bad"));
    await pool.close(1000);
    // The pipe may bring the last of it after the process is gone.
    await expect
      .poll(() => lines.map((line) => [line.fields.output, line.message]))
      .toEqual(
        expect.arrayContaining([
          ["stdout", "to stdout"],
          ["stdout", "end"],
          ["stderr", "to stderr"],
        ]),
      );
  });

  test("is bounded by line and by rate", async () => {
    const { pool, lines } = open(
      badHandler(`for (let i = 0; i < 5000; i++) console.log(i + "x".repeat(i === 0 ? 5000 : 50));`),
    );
    expect(await pool.run(callFor("bad"))).toEqual({ kind: "done" });
    await pool.close(1000);
    const cut = () => lines.some((line) => /^\d+ more lines are not shown$/.test(line.message));
    await expect.poll(cut, { timeout: 5000 }).toBe(true);
    expect(lines.length).toBeLessThan(200);
    expect(Math.max(...lines.map((line) => line.message.length))).toBe(1000);
  });

  test("cannot flood the inbox: a call that prints for ever ends at its time limit", async () => {
    const { pool, lines } = open(badHandler(`for (;;) console.log("x".repeat(4000));`), {
      timeoutMs: 300,
      size: 2,
    });
    const [bad, good] = await Promise.all([pool.run(callFor("bad")), pool.run(callFor("good"))]);
    expect(bad).toEqual(failure("the handler did not finish within 300 ms"));
    expect(good).toEqual({ kind: "done" });
    expect(lines.length).toBeLessThan(200);
  });
});
