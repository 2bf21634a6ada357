import { expect, test } from "vitest";
import { adminApp, knownEvent, rememberingAudit, serve } from "../../../test/http/admin-fixture.ts";
import { rawConnection } from "../../../test/http/raw-http.ts";
import { systemClock } from "../../../test/http/start-ingest.ts";
import type { AdminToken } from "../../config/config.ts";
import { type TokenAccessDeps, tokenAccess } from "./token-access.ts";

const OPS: AdminToken = { name: "ops", role: "operate", secret: "ops-token-0123456789" };
const VIEWER: AdminToken = { name: "viewer", role: "read", secret: "viewer-token-0123456789" };

async function start(tokens: readonly AdminToken[], over: Partial<TokenAccessDeps> = {}) {
  const audit = rememberingAudit();
  const alerts: string[] = [];
  const faults: unknown[] = [];
  const access = tokenAccess({
    tokens: () => tokens,
    host: "127.0.0.1",
    clock: systemClock,
    audit,
    alerts: { raise: (kind) => void alerts.push(kind) },
    onFault: (error) => void faults.push(error),
    ...over,
  });
  const { app } = adminApp([knownEvent("dead", { status: "dead" })], { access });
  const { url, port } = await serve(app);
  const call = async (path: string, token?: string, init: RequestInit = {}) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return fetch(url + path, { ...init, headers: { ...authorization, ...init.headers } });
  };
  return { url, port, call, audit: audit.entries, alerts, faults };
}

const REDRIVE = "/api/dead-letters/stripe:dead/redrive";

test("a token opens the API, no token and a wrong one do not, and probes need none", async () => {
  const { call } = await start([OPS, VIEWER]);

  expect((await call("/api/events", VIEWER.secret)).status).toBe(200);
  for (const token of [undefined, "", "wrong", `${VIEWER.secret}x`, VIEWER.secret.slice(0, -1)]) {
    const refused = await call("/api/events", token);
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="strongroom"']);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
  }
  for (const path of ["/livez", "/readyz", "/metrics", "/"]) expect((await call(path)).status).toBe(200);
  for (const path of ["/api/nothing", "/api/openapi.json", "/api/stream"]) expect((await call(path)).status).toBe(401);
});

test("the scheme's name is taken in any case and any other scheme is not", async () => {
  const { url } = await start([OPS]);
  const status = async (authorization: string) =>
    (await fetch(`${url}/api/events`, { headers: { authorization } })).status;

  expect(await status(`bearer ${OPS.secret}`)).toBe(200);
  expect(await status(`Basic ${OPS.secret}`)).toBe(401);
  expect(await status(OPS.secret)).toBe(401);
});

test("changing something takes the role for it, and the refusal is audited with the token's name", async () => {
  const { call, audit } = await start([OPS, VIEWER]);

  expect((await call(REDRIVE, VIEWER.secret, { method: "POST" })).status).toBe(403);
  expect((await call("/api/events/stripe:dead", VIEWER.secret, { method: "DELETE" })).status).toBe(403);
  expect((await call(REDRIVE, OPS.secret, { method: "POST" })).status).toBe(202);

  expect(audit).toContainEqual({
    actor: "viewer",
    action: "token.refused",
    target: `POST ${REDRIVE}`,
    outcome: "role",
  });
});

test("changing something from another site is refused whatever the token", async () => {
  const { call, url, audit } = await start([OPS]);
  const redrive = async (headers: Record<string, string>) =>
    (await call(REDRIVE, OPS.secret, { method: "POST", headers })).status;

  expect(await redrive({ origin: "https://evil.example" })).toBe(403);
  expect(await redrive({ origin: "null" })).toBe(403);
  expect(await redrive({ origin: url })).toBe(202);
  expect(audit.filter(({ outcome }) => outcome === "origin")).toHaveLength(2);
});

test("a name that somebody's DNS made point here is refused, on every path", async () => {
  const { port, audit } = await start([]);
  for (const [path, host, status] of [
    ["/api/events", "evil.example", 421],
    ["/", "evil.example:4641", 421],
    ["/metrics", "evil.example", 421],
    ["/api/events", `localhost:${port}`, 200],
    ["/api/events", "127.0.0.1", 200],
  ]) {
    const raw = await rawConnection(port);
    raw.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await raw.closed()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  }
  expect(audit.filter(({ outcome }) => outcome === "host")).toHaveLength(3);
});

test("without tokens whoever is on loopback may operate, as local", async () => {
  const { call, audit } = await start([]);

  expect((await call(REDRIVE, undefined, { method: "POST" })).status).toBe(202);
  expect((await call(REDRIVE, undefined, { method: "POST", headers: { origin: "https://evil.example" } })).status).toBe(
    403,
  );
  expect(audit).toEqual([{ actor: "local", action: "token.refused", target: `POST ${REDRIVE}`, outcome: "origin" }]);
});

test("without tokens nobody is let in from elsewhere", async () => {
  const audit = rememberingAudit();
  const access = tokenAccess({
    tokens: () => [],
    host: "0.0.0.0",
    clock: systemClock,
    audit,
    alerts: { raise: () => {} },
    onFault: () => {},
  });
  const request = new Request("http://10.0.0.1/api/events", { headers: { host: "10.0.0.1" } });

  expect(await access.admit(request, { remoteAddress: "10.0.0.9" }, "read")).toMatchObject({ status: 403 });
  expect(await access.admit(request, { remoteAddress: null }, "read")).toMatchObject({ status: 403 });
  expect(audit.entries).toHaveLength(2);
});

test("many bad tokens are answered 429 and do not fill the audit, while a good one still works", async () => {
  const { call, audit, alerts } = await start([OPS]);
  const statuses: number[] = [];
  for (let i = 0; i < 30; i++) statuses.push((await call("/api/events", `guess-${i}`)).status);
  const last = await call("/api/events", "guess");

  expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
  expect(statuses.slice(12)).toEqual(Array(18).fill(429));
  expect(Number(last.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(audit.filter(({ outcome }) => outcome === "bad_token").length).toBeLessThanOrEqual(12);
  expect(audit.filter(({ outcome }) => outcome === "too_many")).toHaveLength(1);
  expect(alerts).toEqual(["auth.failures"]);
  expect((await call("/api/events", OPS.secret)).status).toBe(200);
});

test("the use of a token is audited once a minute, and never its value", async () => {
  let now = 0;
  const { call, audit } = await start([OPS, VIEWER], { clock: { now: () => 0, monotonic: () => now } });
  const use = async ({ secret }: AdminToken) => (await call("/api/events", secret)).status;

  await use(OPS);
  await use(OPS);
  await use(VIEWER);
  now = 60_000;
  await use(OPS);
  await call("/api/events", "some-bad-token-value");

  expect(audit.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
    "ops token.used",
    "viewer token.used",
    "ops token.used",
    "anonymous token.refused",
  ]);
  expect(JSON.stringify(audit)).not.toMatch(/0123456789|some-bad/);
});

test("tokens that are replaced take effect at the next request", async () => {
  const tokens = [OPS];
  const { call } = await start(tokens);
  expect((await call("/api/events", OPS.secret)).status).toBe(200);

  tokens.splice(0, 1, VIEWER);

  expect((await call("/api/events", OPS.secret)).status).toBe(401);
  expect((await call("/api/events", VIEWER.secret)).status).toBe(200);
});

test("an audit that cannot be written keeps nobody from reading", async () => {
  const { call, faults } = await start([OPS], { audit: { append: () => Promise.reject(new Error("store down")) } });

  expect((await call("/api/events", OPS.secret)).status).toBe(200);
  expect((await call("/api/events", "wrong")).status).toBe(401);
  expect(faults).toHaveLength(2);
});
