import { expect, test } from "vitest";
import { adminApp, knownEvent } from "../../../test/http/admin-fixture.ts";

test("redriving queues what is dead, refuses what is not, and does not find what is unknown", async () => {
  const { call, calls } = adminApp([knownEvent("dead", { status: "dead" }), knownEvent("done")]);
  const redrive = (id: string) => call(`/api/dead-letters/stripe%3A${id}/redrive`, { method: "POST" });

  const queued = await redrive("dead");
  expect([queued.status, await queued.json()]).toEqual([202, { queued: ["stripe:dead"], alreadyQueued: [] }]);
  expect((await redrive("done")).status).toBe(409);
  expect((await redrive("none")).status).toBe(404);
  expect(calls[0]).toEqual(["redrive", "stripe:dead", "cli"]);
});

test("a bulk redrive takes its filter from the body or the query, and only what it knows", async () => {
  const { call, calls } = adminApp([knownEvent("dead", { status: "dead" })]);
  const redrive = (body?: string, query = "") =>
    call(`/api/dead-letters/redrive${query}`, { method: "POST", ...(body === undefined ? {} : { body }) });

  const all = await redrive();
  expect([all.status, await all.json()]).toEqual([202, { queued: ["stripe:dead"], alreadyQueued: [], more: false }]);
  await redrive('{"source":"stripe","type":"payment.*"}');
  await redrive("{}", "?source=stripe");
  expect(calls).toEqual([
    ["redriveAll", {}, "cli"],
    ["redriveAll", { source: "stripe", type: "payment.*" }, "cli"],
    ["redriveAll", { source: "stripe" }, "cli"],
  ]);

  expect(await (await redrive('{"sauce":"stripe"}')).json()).toMatchObject({ status: 400, parameter: "sauce" });
  expect(await (await redrive('{"source":["stripe"]}')).json()).toMatchObject({ status: 400, parameter: "source" });
  expect(await (await redrive('{"source":"stripe"}', "?source=stripe")).json()).toMatchObject({ parameter: "source" });
  expect((await redrive("[]")).status).toBe(400);
  expect((await redrive("{")).status).toBe(400);
  expect((await redrive(JSON.stringify({ q: "x".repeat(70_000) }))).status).toBe(413);
  expect(calls).toHaveLength(3);
});

test("a replay says what was queued, and a dry run queues nothing", async () => {
  const { call, calls } = adminApp([knownEvent("done"), knownEvent("new", { status: "received" })]);
  const replay = async (path: string, body?: string) => {
    const response = await call(`/api/events/${path}`, { method: "POST", ...(body === undefined ? {} : { body }) });
    return [response.status, await response.json()];
  };

  expect(await replay("stripe:done/replay")).toEqual([202, { queued: ["stripe:done"], alreadyQueued: [] }]);
  expect(await replay("stripe:new/replay")).toEqual([202, { queued: [], alreadyQueued: ["stripe:new"] }]);
  expect((await replay("stripe:none/replay"))[0]).toBe(404);
  expect((await replay("replay"))[0]).toBe(400);
  expect(await replay("replay", '{"source":"stripe"}')).toMatchObject([202, { more: true }]);
  const before = calls.filter(([name]) => name !== "listEvents").length;

  expect(await replay("stripe:done/replay?dryRun=true")).toEqual([200, { wouldQueue: ["stripe:done"], more: false }]);
  expect(await replay("replay?dryRun=true&source=stripe")).toEqual([
    200,
    { wouldQueue: ["stripe:done", "stripe:new"], more: false },
  ]);
  expect(calls.filter(([name]) => name !== "listEvents")).toHaveLength(before);
});
