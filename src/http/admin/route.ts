import type { Principal } from "./access.ts";
import type { Parameters } from "./parameters.ts";
import type { SchemaName } from "./schemas.ts";

/** One route of the admin listener: what it needs, what it does, and how the API's description presents it. */
export interface AdminRoute {
  readonly method: "GET" | "POST" | "DELETE";
  /** With `{name}` where a value stands, as OpenAPI writes it. */
  readonly path: string;
  readonly needs: Need;
  readonly doc: RouteDoc;
  readonly handle: (call: AdminCall) => Response | Promise<Response>;
}

/** `nothing`: no token, no payload data. `read` and `operate` are the roles. */
export type Need = "nothing" | "read" | "operate";

export interface AdminCall {
  readonly request: Request;
  readonly url: URL;
  /** The values in the path, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly principal: Principal;
}

export interface RouteDoc {
  readonly summary: string;
  readonly query?: Parameters;
  /** Fields of an optional JSON object in the body; they are the same as in the query. */
  readonly body?: Parameters;
  readonly answer: {
    readonly status: 200 | 202 | 204;
    readonly describe: string;
    readonly type?: string;
    readonly schema?: SchemaName;
  };
  /** Statuses besides those that every route can answer. */
  readonly problems?: readonly (404 | 409 | 410 | 413 | 503)[];
}
