import type { ZodType, z } from "zod";
import { closestWord } from "./closest-word.ts";
import type { KeyPath } from "./key-path.ts";
import { keysAt } from "./key-tree.ts";
import type { Problems } from "./problems.ts";

/**
 * Checks the part of the file at `path` and fills in its defaults; undefined when there are problems. Messages are made
 * from what is expected, never from what was found.
 */
export function validate<T extends ZodType>(
  schema: T,
  value: unknown,
  path: KeyPath,
  context: { readonly tree: unknown; readonly problems: Problems },
): z.output<T> | undefined {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  for (const issue of result.error.issues) report(issue, path, context);
  return undefined;
}

type Issue = z.core.$ZodIssue;

function report(issue: Issue, base: KeyPath, context: { readonly tree: unknown; readonly problems: Problems }): void {
  const path = [...base, ...(issue.path as (string | number)[])];
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(path, context.tree);
      for (const key of issue.keys) {
        const meant = closestWord(key, known);
        const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
        context.problems.add([...path, key], `is not a known key${hint}`);
      }
      return;
    }
    case "invalid_union": {
      // The alternative that fits the outer shape says best what is wrong inside.
      const branch = issue.errors.find((issues) => issues.every(({ path: inner }) => inner.length > 0) || has(issues));
      if (branch === undefined) context.problems.add(path, issue.message);
      else for (const inner of branch) report(inner, path, context);
      return;
    }
    default:
      context.problems.add(path, describe(issue));
  }
}

function has(issues: readonly Issue[]): boolean {
  return issues.some(({ code }) => code === "unrecognized_keys" || code === "custom");
}

function describe(issue: Issue): string {
  if (issue.code === "custom") return issue.message;
  if (issue.input === undefined) return "is required";
  switch (issue.code) {
    case "invalid_type":
      // A message that the schema gives itself says more.
      if (!issue.message.startsWith("Invalid")) return issue.message;
      return `must be ${EXPECTED[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
    case "too_small":
      return bound(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum);
    case "too_big":
      return bound(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum);
    default:
      return "is not as expected";
  }
}

function bound(origin: string, word: string, limit: number | bigint): string {
  return origin === "array" ? `must have ${word} ${limit} entry` : `must be ${word} ${limit}`;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map of keys",
  record: "a map of keys",
};
