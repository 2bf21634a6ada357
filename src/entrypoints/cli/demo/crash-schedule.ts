import type { InboxUrls } from "../run-inbox.ts";
import type { CrashingInbox } from "./crashing-inbox.ts";
import type { PostResult } from "./post-delivery.ts";
import type { Progress } from "./progress.ts";
import type { Random } from "./random.ts";

export interface CrashScheduleParts {
  /** How many deliveries there will be at least. */
  readonly total: number;
  readonly kills: number;
  readonly random: Random;
  readonly inbox: Pick<CrashingInbox, "crash" | "urls">;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly progress: Pick<Progress, "say">;
}

export interface CrashSchedule {
  /** Runs one delivery if the inbox is up; may kill it while the delivery is in flight. Rejects once it stays down. */
  during(delivery: (inbox: InboxUrls) => Promise<PostResult>): Promise<PostResult>;
  /** Resolves when every kill has happened and the inbox is back. Rejects when it does not come back. */
  finish(): Promise<void>;
  /** Deliveries that were in flight at a kill and got no answer. */
  readonly cutOff: number;
}

/** Kills the inbox at points that are spread over the run, each time with deliveries in flight. */
export function createCrashSchedule(parts: CrashScheduleParts): CrashSchedule {
  const { total, kills, random, inbox, progress } = parts;
  const stretch = Math.max(1, Math.floor(total / (kills + 1)));
  const points = Array.from({ length: kills }, (_, n) => (n + 1) * stretch - random.below(Math.ceil(stretch / 2)));
  let begun = 0;
  let inFlight = 0;
  let cutOff = 0;
  let crashing: Promise<void> | null = null;
  let fault: unknown = null;

  return {
    get cutOff() {
      return cutOff;
    },
    async during(delivery) {
      if (fault !== null) throw fault;
      const { urls } = inbox;
      if (urls === null) return { kind: "not_sent" };
      begun++;
      inFlight++;
      if (crashing === null && begun >= (points[0] ?? Number.POSITIVE_INFINITY)) crashing = crashSoon();
      const result = await delivery(urls);
      inFlight--;
      if (result.kind === "no_answer") cutOff++;
      return result;
    },
    async finish() {
      await crashing;
      if (fault !== null) throw fault;
      while (points.length > 0) await crash();
    },
  };

  async function crashSoon(): Promise<void> {
    await parts.pause(random.below(5));
    // Between two deliveries it would be no test: the next delivery comes here again.
    if (inFlight > 0) {
      await crash().catch((error: unknown) => {
        fault = error;
      });
    }
    crashing = null;
  }

  async function crash(): Promise<void> {
    points.shift();
    progress.say(`  SIGKILL with ${inFlight} deliveries in flight`);
    await inbox.crash();
    progress.say("  back on the same data");
  }
}
