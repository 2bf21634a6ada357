import { expect, onTestFinished, test } from "vitest";
import { type FunctionModule, openInProcess } from "./function-in-process.ts";
import { openFunctionPool } from "./function-pool.ts";

async function open(handler: FunctionModule["handler"], timeoutMs = 5_000) {
  const settings = { name: "under-test", environment: { EVENTS_TABLE: "events" }, timeoutMs };
  const instance = await openInProcess(async () => ({ handler }), settings);
  onTestFinished(() => instance.stop());
  return instance;
}

test("a function in the test's process takes and gives JSON, with its environment set and its lines kept apart", async () => {
  const one = await open(async (event) => {
    console.log("one");
    process.stdout.write("written\n");
    return { event, table: process.env.EVENTS_TABLE, nothing: undefined };
  });
  const other = await open(async () => console.log("other"));
  expect(await one.invoke({ at: new Date(0) })).toEqual({ event: { at: "1970-01-01T00:00:00.000Z" }, table: "events" });
  expect(await other.invoke({})).toBeNull();
  expect(one.logs()).toEqual(["one", "written"]);
  expect(other.logs()).toEqual(["other"]);
});

test("its errors and its time limit are those of a function in a process of its own", async () => {
  const failing = await open(() => {
    throw new RangeError("too far");
  });
  await expect(failing.invoke({})).rejects.toMatchObject({ errorType: "RangeError", message: "too far" });
  const hanging = await open(() => new Promise(() => {}), 20);
  await expect(hanging.invoke({})).rejects.toMatchObject({ errorType: "Sandbox.Timedout" });
});

test("a pool runs as many invocations at a time as it may, and lets the rest wait", async () => {
  let running = 0;
  let most = 0;
  const pool = openFunctionPool(
    () =>
      open(async (n) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        return n;
      }),
    2,
  );
  expect(await Promise.all([1, 2, 3, 4, 5].map((n) => pool.invoke(n)))).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});
