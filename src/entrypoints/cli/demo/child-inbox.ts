import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { InboxUrls } from "../run-inbox.ts";

/** An inbox in a process of its own, started from the program that runs now. */
export interface ChildInbox {
  /** Rejects when the process ends before it is ready. */
  readonly ready: Promise<InboxUrls>;
  /** Sends the signal at once; resolves with the exit status when the process is gone. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null>;
}

/** Starts `strongroom start` with this configuration. Its log is added to `logFile`. */
export function startChildInbox(configFile: string, logFile: string): ChildInbox {
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(process.execPath, [...process.execArgv, MAIN, "start", "--config", configFile], {
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", log],
  });
  closeSync(log);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const ready = new Promise<InboxUrls>((resolve, reject) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      // The ready line is all that an inbox ever says there.
      if (!text.endsWith("\n")) return;
      const { ingest, admin } = JSON.parse(text) as { ingest: string; admin: string };
      resolve({ ingestUrl: ingest, adminUrl: admin });
    });
    child.on("error", reject);
    void ended.then((code) => {
      reject(new Error(`the inbox did not start (exit status ${code}): ${lastLine(logFile)}`));
    });
  });
  return {
    ready,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

const MAIN = fileURLToPath(new URL("../main.js", import.meta.url));

/** Without what the user has set for their own inbox. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("STRONGROOM_")));
}

function lastLine(file: string): string {
  try {
    return readFileSync(file, "utf8").trim().split("\n").at(-1) ?? "";
  } catch {
    // The folder is gone once the demo is over, and so is whoever wanted to know.
    return "";
  }
}
