import type { Parameters } from "./parameters.ts";
import type { AdminRoute } from "./route.ts";
import { SCHEMAS } from "./schemas.ts";

/** The API's description, OpenAPI 3.1, made from the routes themselves so that it cannot say anything else. */
export function describeApi(routes: readonly AdminRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    Object.assign(paths[route.path] as object, { [route.method.toLowerCase()]: operation(route) });
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Strongroom admin API",
      version,
      description:
        "Times are RFC 3339 UTC with milliseconds. Money is a whole number of minor units as a decimal string. Ids in a path are percent-encoded.",
    },
    paths,
    components: {
      schemas: SCHEMAS,
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function operation({ path, method, needs, doc }: AdminRoute): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(doc.query ?? {}).map(([name, { describe, schema }]) => ({
    name,
    in: "query",
    description: describe,
    schema,
  }));
  return {
    operationId: operationId(method, path),
    summary: doc.summary,
    ...(needs === "nothing" ? { security: [] } : { security: [{ token: [] }], "x-role": needs }),
    parameters: [...inPath, ...inQuery],
    ...(doc.body === undefined ? {} : { requestBody: requestBody(doc.body) }),
    responses: responses(needs, doc),
  };
}

// `GET /api/events/{eventId}/raw` is `getEventsEventIdRaw`.
function operationId(method: string, path: string): string {
  const words = path.replace(/^\/api\b/, "").match(/\w+/g) ?? ["index"];
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function requestBody(fields: Parameters): object {
  const properties = Object.fromEntries(
    Object.entries(fields).map(([name, { describe, schema }]) => [name, { ...schema, description: describe }]),
  );
  return {
    required: false,
    content: { "application/json": { schema: { type: "object", additionalProperties: false, properties } } },
  };
}

function responses(needs: AdminRoute["needs"], { answer, problems = [], query }: AdminRoute["doc"]): object {
  const schema = answer.schema === undefined ? {} : { schema: { $ref: `#/components/schemas/${answer.schema}` } };
  const success = {
    description: answer.describe,
    ...(answer.status === 204 ? {} : { content: { [answer.type ?? "application/json"]: schema } }),
  };
  const always = needs === "nothing" ? [421, 503] : needs === "read" ? [401, 421, 429, 503] : [401, 403, 421, 429, 503];
  const failing = [...new Set([...(query === undefined ? [] : [400]), ...always, ...problems])].sort((a, b) => a - b);
  const problem = {
    description: "Refused; see code and detail.",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
  return { [answer.status]: success, ...Object.fromEntries(failing.map((status) => [status, problem])) };
}
