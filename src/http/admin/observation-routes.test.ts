import { expect, test } from "vitest";
import { adminApp } from "../../../test/http/admin-fixture.ts";

test("the audit goes on after a record and says when there may be more", async () => {
  const { call } = adminApp();
  const seqs = async (query: string) => {
    const page = (await (await call(`/api/audit${query}`)).json()) as { items: { seq: number }[]; nextCursor: string };
    return [page.items.map(({ seq }) => seq), page.nextCursor];
  };

  expect(await seqs("")).toEqual([[1, 2, 3], null]);
  expect(await seqs("?after=1&limit=1")).toEqual([[2], "2"]);
  expect(await seqs("?cursor=2")).toEqual([[3], null]);
});

test("stats take a window and a step, with defaults that fit each other", async () => {
  const { call, calls } = adminApp();
  for (const query of ["", "?window=1m", "?window=24h", "?window=2h&step=5m", "?window=30s&step=1s"]) {
    expect((await call(`/api/stats${query}`)).status).toBe(200);
  }

  expect(calls).toEqual([
    ["stats", 900_000, 10_000],
    ["stats", 60_000, 1000],
    ["stats", 86_400_000, 600_000],
    ["stats", 7_200_000, 300_000],
    ["stats", 30_000, 1000],
  ]);
});
