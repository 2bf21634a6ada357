import { expect, test } from "vitest";
import { adminApp, destination } from "../../../test/http/admin-fixture.ts";
import { grantTo } from "./access.ts";

test("destinations are listed with how they stand", async () => {
  const { call } = adminApp();
  expect(await (await call("/api/destinations")).json()).toEqual({ items: [destination], nextCursor: null });
});

test("a destination is paused and resumed in the name of who asked", async () => {
  const { call, calls } = adminApp();
  const paused = await call("/api/destinations/ledger/pause", { method: "POST" });
  expect([paused.status, await paused.json()]).toEqual([200, { ...destination, paused: true }]);
  const resumed = await call("/api/destinations/ledger/resume", { method: "POST" });
  expect([resumed.status, await resumed.json()]).toEqual([200, destination]);
  expect(calls).toEqual([
    ["pauseDestination", "ledger", "cli"],
    ["resumeDestination", "ledger", "cli"],
  ]);
});

test.each(["pause", "resume"])("a destination that is not configured cannot be told to %s", async (change) => {
  const { call } = adminApp();
  const answer = await call(`/api/destinations/none/${change}`, { method: "POST" });
  expect([answer.status, await answer.json()]).toMatchObject([404, { code: "not_found" }]);
});

test("whoever may only read is not asked for a change: the route needs the other role", async () => {
  const needs: string[] = [];
  const reader = grantTo({ name: "viewer", role: "read" });
  const { call } = adminApp([], {
    access: {
      admit(request, peer, need) {
        needs.push(need);
        return reader.admit(request, peer, need);
      },
    },
  });
  await call("/api/destinations");
  await call("/api/destinations/ledger/pause", { method: "POST" });
  await call("/api/destinations/ledger/resume", { method: "POST" });
  expect(needs).toEqual(["read", "operate", "operate"]);
});
