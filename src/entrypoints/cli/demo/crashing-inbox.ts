import type { InboxUrls } from "../run-inbox.ts";
import { type ChildInbox, startChildInbox } from "./child-inbox.ts";

/** A child inbox that is killed now and then, and comes back on the same data. */
export interface CrashingInbox {
  /** Null while it is down. */
  readonly urls: InboxUrls | null;
  readonly kills: number;
  /** Starts it for the first time. Resolves when it is ready. */
  start(): Promise<void>;
  /** SIGKILL, and start again. Resolves when it is ready. */
  crash(): Promise<void>;
  /** SIGTERM; resolves with the exit status. */
  stop(): Promise<number | null>;
  /** SIGKILL at once, without waiting: for a process that is about to exit itself. */
  abandon(): void;
}

export function createCrashingInbox(configFile: string, logFile: string): CrashingInbox {
  let child: ChildInbox | null = null;
  let urls: InboxUrls | null = null;
  let kills = 0;
  const start = async () => {
    child = startChildInbox(configFile, logFile);
    urls = await child.ready;
  };
  return {
    get urls() {
      return urls;
    },
    get kills() {
      return kills;
    },
    start,
    async crash() {
      urls = null;
      kills++;
      await child?.end("SIGKILL");
      await start();
    },
    async stop() {
      urls = null;
      return (await child?.end("SIGTERM")) ?? null;
    },
    abandon() {
      void child?.end("SIGKILL");
    },
  };
}
