import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "../exit.ts";

export interface ThrowAwayFolder {
  readonly path: string;
  /** Runs `cleanUp` and removes the folder; once, however the process ends. */
  remove(): void;
}

/**
 * A folder in the system's temporary folder that goes away when this process ends: by itself, by an error or by a
 * signal. `cleanUp` is called before and must not wait for anything.
 */
export function openThrowAwayFolder(keep: "keep" | "remove", cleanUp: () => void): ThrowAwayFolder {
  const path = mkdtempSync(join(tmpdir(), "strongroom-demo-"));
  const onSignal = () => process.exit(EXIT.failed);
  const remove = () => {
    process.off("exit", remove);
    for (const signal of SIGNALS) process.off(signal, onSignal);
    cleanUp();
    // A process that was killed this instant may still be writing.
    if (keep === "remove") rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  process.on("exit", remove);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return { path, remove };
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
