import { basename, join } from "node:path";
import type { Archive } from "../../../ports/archive.ts";
import { ensureDirectory, writeDurableFile } from "./durable-file.ts";

/** Keeps each record as one file under `dir` (absolute); the key is its path there. */
export function openFolderArchive(options: { readonly dir: string }): Archive {
  return {
    async write(key, content) {
      const names = key.split("/");
      // A name that starts with a dot would be hidden, or lead out of the folder.
      if (names.some((name) => name === "" || name.startsWith("."))) throw new Error("archive: the key is not plain");
      try {
        const directory = await ensureDirectory(options.dir, names.slice(0, -1));
        await writeDurableFile(join(directory, basename(key)), content);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? "unknown fault";
        throw new Error(`archive: ${key} was not written (${code})`, { cause: error });
      }
    },
  };
}
