import { basename, join } from "node:path";
import { StoreError } from "../../../domain/errors.ts";
import type { Archive } from "../../../ports/archive.ts";
import { ensureDirectory, removeDurableFile, writeDurableFile } from "./durable-file.ts";

export interface FolderArchive extends Archive {
  /** Durable when the promise resolves; a record that is not there is none to remove. Rejects with a `StoreError`. */
  remove(key: string): Promise<void>;
}

/** Keeps each record as one file under `dir` (absolute); the key is its path there. */
export function openFolderArchive(options: { readonly dir: string }): FolderArchive {
  return {
    async write(key, content) {
      const names = namesOf(key);
      try {
        const directory = await ensureDirectory(options.dir, names.slice(0, -1));
        await writeDurableFile(join(directory, basename(key)), content);
      } catch (error) {
        throw new Error(`archive: ${key} was not written (${codeOf(error)})`, { cause: error });
      }
    },
    async remove(key) {
      const names = namesOf(key);
      try {
        await removeDurableFile(options.dir, names);
      } catch (error) {
        throw new StoreError("unavailable", `archive: ${key} was not removed (${codeOf(error)})`, { cause: error });
      }
    },
  };
}

function namesOf(key: string): readonly string[] {
  const names = key.split("/");
  // A name that starts with a dot would be hidden, or lead out of the folder.
  if (names.some((name) => name === "" || name.startsWith("."))) throw new Error("archive: the key is not plain");
  return names;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown fault";
}
