import { setTimeout as wait } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type FunctionProcess, openFunctionProcess } from "./function-process.ts";
import { handlerFile } from "./handler-file.ts";

function open(source: string, timeoutMs = 5_000): FunctionProcess {
  const instance = openFunctionProcess(handlerFile(source), {
    name: "under-test",
    environment: { EVENTS_TABLE: "events" },
    timeoutMs,
  });
  onTestFinished(() => instance.stop());
  return instance;
}

test("a function gets the event, its context and its own environment alone, and its lines are there when it has ended", async () => {
  process.env.STRONGROOM_FOREIGN = "of the test";
  onTestFinished(() => {
    delete process.env.STRONGROOM_FOREIGN;
  });
  const instance = open(`export async function handler(event, context) {
    console.log("out " + event.n);
    console.error("err");
    process.stdout.write("no line break");
    const { EVENTS_TABLE, STRONGROOM_FOREIGN, _X_AMZN_TRACE_ID } = process.env;
    const left = context.getRemainingTimeInMillis();
    return { left, name: context.functionName, EVENTS_TABLE, STRONGROOM_FOREIGN, _X_AMZN_TRACE_ID };
  }`);
  const result = await instance.invoke({ n: 1 }, { timeoutMs: 3_000, traceHeader: "Root=1-2-3" });
  expect(result).toEqual({
    left: expect.toSatisfy((left: number) => left > 0 && left <= 3_000),
    name: "under-test",
    EVENTS_TABLE: "events",
    _X_AMZN_TRACE_ID: "Root=1-2-3",
  });
  expect([...instance.logs()].sort()).toEqual(["err", "no line break", "out 1"]);
});

test("a warm process is used again, and frozen in between", async () => {
  const instance = open(`let ticks = 0;
  setInterval(() => { ticks += 1; }, 5);
  export const handler = async () => ({ ticks, pid: process.pid });`);
  const first = (await instance.invoke({})) as { ticks: number; pid: number };
  await wait(150);
  const second = (await instance.invoke({})) as { ticks: number; pid: number };
  expect(second.pid).toBe(first.pid);
  expect(second.ticks - first.ticks).toBeLessThan(10);
  expect(instance.starts()).toBe(1);
});

test("a thrown error is told by name and message, and the process goes on", async () => {
  const instance = open(`export async function handler() { throw new TypeError("no such thing"); }`);
  await expect(instance.invoke({})).rejects.toMatchObject({ errorType: "TypeError", message: "no such thing" });
  await expect(instance.invoke({})).rejects.toMatchObject({ errorType: "TypeError" });
  expect(instance.starts()).toBe(1);
});

test("what takes longer than the time limit loses its process; the next invocation gets a fresh one", async () => {
  const instance = open(`let calls = 0;
  export async function handler({ hang }) {
    calls += 1;
    if (hang) await new Promise(() => setInterval(() => {}, 1000));
    return calls;
  }`);
  await expect(instance.invoke({ hang: true }, { timeoutMs: 300 })).rejects.toMatchObject({
    errorType: "Sandbox.Timedout",
    message: "Task timed out after 0.30 seconds",
  });
  expect(await instance.invoke({})).toBe(1);
  expect(instance.starts()).toBe(2);
});

test("a process can be killed at any time: during an invocation that fails, between two nothing does", async () => {
  const instance = open(`console.log("started");
  export async function handler({ hang }) {
    if (hang) await new Promise(() => setInterval(() => {}, 1000));
    return process.pid;
  }`);
  const pid = await instance.invoke({});
  const hanging = instance.invoke({ hang: true });
  instance.kill();
  await expect(hanging).rejects.toMatchObject({ errorType: "Runtime.ExitError" });
  instance.kill();
  expect(await instance.invoke({})).not.toBe(pid);
  instance.kill();
  expect(await instance.invoke({})).not.toBe(pid);
  expect(instance.logs().filter((line) => line === "started").length).toBe(3);
});

test("a module that cannot be loaded, and one without a handler, fail every invocation", async () => {
  await expect(open(`import "./nowhere.mjs";`).invoke({})).rejects.toMatchObject({
    errorType: "Runtime.ImportModuleError",
  });
  await expect(open("export const other = 1;").invoke({})).rejects.toMatchObject({
    errorType: "Runtime.HandlerNotFound",
  });
});
