import { expect, test } from "vitest";
import { adminApp } from "../../../test/http/admin-fixture.ts";

test("readiness is a durable write, enough disk and no shutdown; anything less is 503 and says which", async () => {
  const ready = adminApp();
  const response = await ready.call("/readyz");
  expect([response.status, await response.json()]).toEqual([
    200,
    { status: "ready", checks: { store: "ok", disk: "ok", process: "ok" } },
  ]);
  ready.shutdown.abort();
  expect(await (await ready.call("/readyz")).json()).toMatchObject({ status: 503, checks: { process: "stopping" } });

  const broken = adminApp([], { probe: () => Promise.reject(new Error("/secret/path")) });
  const text = await (await broken.call("/readyz")).text();
  expect(JSON.parse(text)).toMatchObject({ status: 503, checks: { store: "failed" } });
  expect(text).not.toContain("secret");
  const full = adminApp([], { freeDisk: async () => ({ freeBytes: 1, floorBytes: 2 }) });
  expect(await (await full.call("/readyz")).json()).toMatchObject({ status: 503, checks: { disk: "low" } });
});

test("asking for readiness many times at once costs one write", async () => {
  let probes = 0;
  const { call } = adminApp([], {
    probe: async () => {
      probes++;
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
  });

  await Promise.all(Array.from({ length: 20 }, () => call("/readyz")));

  expect(probes).toBe(1);
});
