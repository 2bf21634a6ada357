import { Hono } from "hono";
import { StoreError } from "../../domain/errors.ts";
import type { Feed } from "../feed.ts";
import type { InboxMetrics } from "../metrics.ts";
import type { Access, Peer, Principal } from "./access.ts";
import { json } from "./answers.ts";
import { destinationRoutes } from "./destination-routes.ts";
import { eventRoutes } from "./event-routes.ts";
import { healthRoutes } from "./health-routes.ts";
import { INDEX_ROUTE } from "./index-page.ts";
import { observationRoutes } from "./observation-routes.ts";
import { describeApi } from "./openapi.ts";
import type { AdminOperations } from "./operations.ts";
import { badParameter, problem } from "./problem.ts";
import type { ReadinessDeps } from "./readiness.ts";
import { requeueRoutes } from "./requeue-routes.ts";
import type { AdminRoute, Need } from "./route.ts";
import { stateRoutes } from "./state-routes.ts";
import { streamRoutes } from "./stream-routes.ts";

export interface AdminDeps extends ReadinessDeps {
  readonly operations: AdminOperations;
  /** `tokenAccess` behind a listener, `grantTo` within the process. */
  readonly access: Access;
  readonly metrics: Pick<InboxMetrics, "exposition">;
  readonly feed: Feed;
  /** Of this program, for the API's description. */
  readonly version: string;
  /** A fault that was answered 500 or 503. For the log. */
  readonly onFault: (error: unknown) => void;
}

export interface AdminApp {
  /** `peer` is who is on the other end of the connection, where there is one. */
  fetch(request: Request, peer?: Peer): Promise<Response>;
}

/** The admin API as a web-standard app: behind `serveAdmin`, or called directly by whoever runs in the same process. */
export function createAdminApp(deps: AdminDeps): AdminApp {
  const app = new Hono<{ Bindings: Peer }>();
  const routes = allRoutes(deps);

  app.use("*", async (context, next) => {
    await next();
    for (const [name, value] of SECURITY_HEADERS) context.res.headers.set(name, value);
  });
  for (const route of routes) {
    app.on(route.method, route.path.replace(/\{(\w+)\}/g, ":$1"), async ({ req, env }) => {
      const admitted = await admit(req.raw, env, route.needs);
      if (admitted instanceof Response) return admitted;
      const url = new URL(req.raw.url);
      const params = paramsOf(route.path, url.pathname);
      if (params === null) return problem(400, "The path is not percent-encoded UTF-8.");
      const known = route.doc.query ?? {};
      const unknown = [...url.searchParams.keys()].find((name) => !Object.hasOwn(known, name));
      if (unknown !== undefined && route.needs !== "nothing") return badParameter(unknown.slice(0, 64), NOT_KNOWN);
      return route.handle({ request: req.raw, url, params, principal: admitted });
    });
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
    const allow = methods.includes("GET") ? [...methods, "HEAD"].join(", ") : methods.join(", ");
    app.all(path.replace(/\{(\w+)\}/g, ":$1"), async ({ req, env }) => {
      const admitted = await admit(req.raw, env, needOf(path));
      if (admitted instanceof Response) return admitted;
      return problem(405, `Allowed here: ${allow}.`, { headers: { allow } });
    });
  }
  app.notFound(async ({ req, env }) => {
    const admitted = await admit(req.raw, env, needOf(new URL(req.raw.url).pathname));
    return admitted instanceof Response ? admitted : problem(404, "There is nothing here.");
  });
  app.onError((error) => {
    deps.onFault(error);
    if (!(error instanceof StoreError)) return problem(500, "Something went wrong; the log says what.");
    return problem(503, "The store cannot be used now.", { headers: { "retry-after": "10" } });
  });

  return { fetch: async (request, peer = NO_PEER) => app.fetch(request, peer) };

  async function admit(request: Request, peer: Peer, need: Need): Promise<Principal | Response> {
    const admission = await deps.access.admit(request, peer, need);
    if (admission.kind === "admitted") return admission.principal;
    const { status, detail, retryAfter } = admission;
    return problem(status, detail, {
      headers: {
        ...(status === 401 ? { "www-authenticate": 'Bearer realm="strongroom"' } : {}),
        ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
      },
    });
  }
}

const NO_PEER: Peer = { remoteAddress: null };
const NOT_KNOWN = "is not known here";

// Nothing here may be framed, guessed at, kept or run; the page at the root has neither style nor script.
const SECURITY_HEADERS = [
  ["content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"],
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
  ["cache-control", "no-store"],
  ["cross-origin-resource-policy", "same-origin"],
] as const;

function allRoutes(deps: AdminDeps): AdminRoute[] {
  const routes: AdminRoute[] = [
    INDEX_ROUTE,
    ...healthRoutes(deps),
    ...requeueRoutes(deps.operations),
    ...eventRoutes(deps.operations),
    ...stateRoutes(deps.operations),
    ...destinationRoutes(deps.operations),
    ...observationRoutes(deps.operations),
    ...streamRoutes(deps.feed, deps.shutdown),
    {
      method: "GET",
      path: "/api/openapi.json",
      needs: "read",
      doc: {
        summary: "This description.",
        answer: { status: 200, describe: "OpenAPI 3.1." },
      },
      handle: () => json(200, description),
    },
  ];
  const description = describeApi(routes, deps.version);
  return routes;
}

// What is not there is not told to strangers either.
function needOf(path: string): Need {
  return path.startsWith("/api/") ? "read" : "nothing";
}

// From the URL as it came: an id may hold anything, an encoded slash or percent sign included, and is decoded once.
function paramsOf(template: string, pathname: string): Record<string, string> | null {
  const sent = pathname.split("/");
  const params: Record<string, string> = {};
  for (const [i, part] of template.split("/").entries()) {
    if (!part.startsWith("{")) continue;
    try {
      params[part.slice(1, -1)] = decodeURIComponent(sent[i] ?? "");
    } catch {
      return null;
    }
  }
  return params;
}
