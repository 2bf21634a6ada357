import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { temporaryFolder } from "../embedded.ts";

/** A function's bundle with this source, which goes away with the test. */
export function handlerFile(source: string): URL {
  const path = join(temporaryFolder(), "index.mjs");
  writeFileSync(path, source);
  return pathToFileURL(path);
}
