import type { BuildContext } from "./build-context.ts";
import { NAME_PATTERN } from "./scalars.ts";
import { valueAt } from "./value-at.ts";

/** The entries of a map whose keys people choose, as far as their names can be used. */
export function namedEntries(section: "sources" | "destinations", context: BuildContext): [string, unknown][] {
  const map = valueAt(context.tree, section) ?? {};
  if (typeof map !== "object" || Array.isArray(map)) {
    context.problems.add([section], "must be a map of keys");
    return [];
  }
  return Object.entries(map).filter(([name]) => {
    const isUsable = NAME_PATTERN.test(name);
    if (!isUsable) context.problems.add([section, name], "must be named with 1 to 40 of a-z, 0-9 and -");
    return isUsable;
  });
}
