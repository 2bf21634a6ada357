import { BULK_FILTER, DRY_RUN, readValues, type Values } from "./parameters.ts";
import { badParameter, problem } from "./problem.ts";
import type { AdminCall } from "./route.ts";

export type BulkRequest = Values<typeof BULK_FILTER & typeof DRY_RUN>;

/**
 * The filter of a bulk call: query parameters, and the fields of a JSON object in the body where there is one.
 * Gives the problem to answer when either cannot be used.
 */
export async function readBulkRequest({ request, url }: AdminCall): Promise<BulkRequest | Response> {
  const text = await readText(request);
  if (text === null) return problem(413, "The body is too large.");
  let body: unknown = {};
  try {
    if (text.trim() !== "") body = JSON.parse(text);
  } catch {
    return problem(400, "The body is not JSON.");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return problem(400, "The body has to be a JSON object.");
  }
  const pairs: [string, string][] = [...url.searchParams];
  for (const [name, value] of Object.entries(body)) {
    if (typeof value !== "string" && typeof value !== "boolean") return badParameter(name, "has to be a string");
    pairs.push([name, String(value)]);
  }
  const read = readValues(pairs, { ...BULK_FILTER, ...DRY_RUN });
  return read.ok ? read.values : badParameter(read.parameter, read.why);
}

const MAX_BODY_BYTES = 64 * 1024;

/** Null when the body is longer than any filter is. */
async function readText(request: Request): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
