import type { z } from "zod";
import type { BuildContext } from "./build-context.ts";
import { sectionSchemas } from "./schema.ts";
import { validate } from "./validate.ts";
import { valueAt } from "./value-at.ts";

/** One part of the file that has a fixed shape, checked and with its defaults; undefined after a problem. */
export function section<K extends keyof typeof sectionSchemas>(key: K, context: BuildContext) {
  type Section = z.output<(typeof sectionSchemas)[K]> | undefined;
  return validate(sectionSchemas[key], valueAt(context.tree, key), [key], context) as Section;
}
