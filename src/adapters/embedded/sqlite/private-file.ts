import { closeSync, fchmodSync, openSync } from "node:fs";
import { StoreError } from "../../../domain/errors.ts";

/** Makes the file if it is not there, and 0600 whatever the umask. Throws a `StoreError`. */
export function makePrivateFile(path: string): void {
  try {
    const file = openSync(path, "a", 0o600);
    fchmodSync(file, 0o600);
    closeSync(file);
  } catch (error) {
    throw new StoreError("unavailable", `Cannot open ${path}: ${(error as Error).message}`, { cause: error });
  }
}
