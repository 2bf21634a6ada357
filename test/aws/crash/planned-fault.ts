import type { AwsCall } from "../../support/aws/aws-call.ts";
import type { Fault, FaultProxy } from "../../support/aws/fault-proxy.ts";
import { FunctionError } from "../../support/aws/invocable.ts";

/**
 * What happens to one call:
 *
 * - `reset`, `refused`: it has no effect, once; the client tries again by itself
 * - `lost`: it takes effect, and its answer never comes, once
 * - `gone before`, `gone after`: the same, and from then on nothing answers until the invocation has ended, so that what
 *   the client tries again is of no use
 * - `late`: it takes effect, and the answer comes when the invocation has long been given up; the function, which nobody
 *   waits for, then goes on beside its own repetition
 * - `killed before`, `killed after`: the function's process ends by SIGKILL, before or after it takes effect
 */
export type FaultKind = (typeof FAULTS)[number] | (typeof KILLS)[number];
export const FAULTS = ["reset", "refused", "lost", "gone before", "gone after", "late"] as const;
export const KILLS = ["killed before", "killed after"] as const;

export interface PlannedFault {
  readonly index: number;
  readonly kind: FaultKind;
}

/** A fault on its way. */
export interface ArmedFault {
  /** The call that it struck. */
  struck(): AwsCall | null;
  /** Runs one invocation; rejects when its caller gives it up. */
  during<T>(invocation: Promise<T>): Promise<T>;
}

/** So much later than its caller's patience comes an answer that is late. */
const LATE_MS = 40;

export function armFault(proxy: FaultProxy, planned: PlannedFault | null, kill: () => void): ArmedFault {
  let struck: AwsCall | null = null;
  let gone = false;
  let giveUp = () => {};
  proxy.clear();
  proxy.plan((call) => {
    if (gone) return { kind: "fail-before", as: "unavailable" };
    if (planned === null || call.index !== planned.index) return null;
    struck = call;
    gone = planned.kind.startsWith("gone");
    if (planned.kind === "late") giveUp();
    return faultOf(planned.kind, kill);
  });
  return {
    struck: () => struck,
    async during(invocation) {
      const givenUp = new Promise<never>((_, reject) => {
        giveUp = () => reject(new FunctionError("Sandbox.Timedout", "Its caller waits no longer."));
      });
      try {
        return await Promise.race([invocation, givenUp]);
      } finally {
        gone = false;
      }
    },
  };
}

function faultOf(kind: FaultKind, kill: () => void): Fault {
  switch (kind) {
    case "reset":
      return { kind: "fail-before", as: "reset" };
    case "refused":
      return { kind: "fail-before", as: "throttled" };
    case "gone before":
      return { kind: "fail-before", as: "unavailable" };
    case "lost":
    case "gone after":
      return { kind: "fail-after" };
    case "late":
      return { kind: "delay", ms: LATE_MS };
    case "killed before":
      return { kind: "kill-before", kill };
    case "killed after":
      return { kind: "kill-after", kill };
  }
}
