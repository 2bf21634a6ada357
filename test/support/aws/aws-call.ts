import type { IncomingMessage } from "node:http";
import type { Capacity } from "./consumed-capacity.ts";
import type { Endpoints } from "./stack.ts";

export type Service = keyof Endpoints;

/** A call to AWS that a function made. */
export interface AwsCall {
  /** Place in the order of arrival, from 0. */
  readonly index: number;
  readonly service: Service;
  /** By the name of the API: `PutItem`. */
  readonly operation: string;
  /** Parameters as they travelled: parsed JSON or the fields of a form; empty for S3. */
  readonly input: Readonly<Record<string, unknown>>;
  /** `failed`: the answer was an error. `lost`: it took effect or may have, and no answer came back. */
  readonly outcome: "under way" | "answered" | "failed" | "refused" | "lost";
  /** What DynamoDB charged for it, per table. */
  readonly capacity: readonly Capacity[];
}

/** Reads what a request asks for, in any of the protocols of these services. */
export function identify(
  service: Service,
  request: Pick<IncomingMessage, "method" | "url" | "headers">,
  body: Buffer,
): Pick<AwsCall, "operation" | "input"> {
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") {
    return { operation: target.slice(target.lastIndexOf(".") + 1), input: JSON.parse(body.toString() || "{}") };
  }
  if (service === "s3") return { operation: s3Operation(request), input: {} };
  const fields = Object.fromEntries(new URLSearchParams(body.toString()));
  return { operation: fields.Action ?? "unknown", input: fields };
}

function s3Operation({ method = "", url = "" }: Pick<IncomingMessage, "method" | "url">): string {
  const { pathname, searchParams } = new URL(url, "http://s3.invalid");
  const ofObject = pathname.replace(/^\/[^/]*\/?/, "") !== "";
  if (ofObject) return `${{ GET: "Get", PUT: "Put", DELETE: "Delete", HEAD: "Head" }[method] ?? method}Object`;
  return method === "GET" ? `ListObjects${searchParams.has("list-type") ? "V2" : ""}` : `${method}Bucket`;
}
