/**
 * What a function with `ReportBatchItemFailures` said about its batch: the ids that failed, or that all of it counts as
 * failed. No report, an empty one, or one under another key is a success. An identifier that is empty, missing or none of
 * the batch fails all of it.
 * Source: Lambda developer guide, "Success and failure conditions" of partial batch responses. What an unknown
 * identifier does is not said there; the reading that costs the function more is taken.
 */
export function failuresOf(result: unknown, ids: readonly string[]): ReadonlySet<string> | "all" {
  if (result === null || result === undefined) return new Set();
  if (typeof result !== "object") return "all";
  const { batchItemFailures: failures } = result as { readonly batchItemFailures?: unknown };
  if (failures === null || failures === undefined) return new Set();
  if (!Array.isArray(failures)) return "all";
  const failed = failures.map((failure: { readonly itemIdentifier?: unknown } | null) => failure?.itemIdentifier);
  const known = failed.filter((id): id is string => typeof id === "string" && ids.includes(id));
  return known.length === failed.length ? new Set(known) : "all";
}
