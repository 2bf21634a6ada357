import { type Parameters, readValues, type Values } from "./parameters.ts";
import { badParameter } from "./problem.ts";

export function json(status: 200 | 202, value: unknown): Response {
  return jsonText(status, JSON.stringify(value));
}

/** `text` has to be JSON. */
export function jsonText(status: 200 | 202, text: string): Response {
  return new Response(text, { status, headers: { "content-type": "application/json" } });
}

/** The query as values, or the problem to answer. */
export function readQuery<P extends Parameters>(url: URL, parameters: P): Values<P> | Response {
  const read = readValues(url.searchParams, parameters);
  return read.ok ? read.values : badParameter(read.parameter, read.why);
}
