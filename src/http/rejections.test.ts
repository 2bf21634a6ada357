import { expect, test } from "vitest";
import type { Rejection } from "../ports/metrics.ts";
import { createRejections } from "./rejections.ts";

const rejection = (requestId: string): Rejection => ({
  at: "2026-01-01T00:00:00.000Z",
  source: "stripe",
  requestId,
  status: 401,
  code: "bad_signature",
  reason: "wrong_signature",
  remoteAddress: null,
  bodyBytes: 1,
});

test("the latest rejections come newest first, and only so many are kept", () => {
  const rejections = createRejections(3);
  const ids = (limit: number) => rejections.latest(limit).map(({ requestId }) => requestId);

  expect(ids(5)).toEqual([]);
  for (const id of ["a", "b"]) rejections.add(rejection(id));
  expect(ids(5)).toEqual(["b", "a"]);
  for (const id of ["c", "d", "e"]) rejections.add(rejection(id));
  expect(ids(5)).toEqual(["e", "d", "c"]);
  expect(ids(2)).toEqual(["e", "d"]);
});
