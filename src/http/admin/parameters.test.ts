import { expect, test } from "vitest";
import { adminApp, knownEvent } from "../../../test/http/admin-fixture.ts";

test.each([
  ["/api/events?limit=0", "limit"],
  ["/api/events?limit=501", "limit"],
  ["/api/events?limit=1e2", "limit"],
  ["/api/events?limit=", "limit"],
  ["/api/events?status=lost", "status"],
  ["/api/events?from=yesterday", "from"],
  ["/api/events?from=2026-13-01", "from"],
  ["/api/events?source=Stripe", "source"],
  ["/api/events?q=", "q"],
  ["/api/events?limit=1&limit=2", "limit"],
  ["/api/events?colour=red", "colour"],
  ["/api/events?cursor=%00", "cursor"],
  ["/api/events/stripe:evt_1?verbose=1", "verbose"],
  ["/api/events?__proto__=1", "__proto__"],
  ["/api/transactions?status=dead", "status"],
  ["/api/transactions?type=x", "type"],
  ["/api/dead-letters?status=dead", "status"],
  ["/api/audit?after=-1", "after"],
  ["/api/audit?after=1&cursor=1", "cursor"],
  ["/api/rejections?limit=x", "limit"],
  ["/api/stats?window=2d", "window"],
  ["/api/stats?window=soon", "window"],
  ["/api/stats?window=1h&step=10s", "step"],
  ["/api/stats?window=1m&step=2m", "step"],
])("%s is refused and the parameter %s named", async (path, parameter) => {
  const { call } = adminApp([knownEvent("evt_1")]);

  const response = await call(path);

  expect([response.status, response.headers.get("content-type")]).toEqual([400, "application/problem+json"]);
  expect(await response.json()).toMatchObject({ status: 400, code: "bad_parameter", parameter });
});
