import type { Check, CheckProblem } from "../../../ports/integrity.ts";

/** Gathers what a check finds; lists the first hundred and counts the rest. */
export interface Findings {
  add(target: string, problem: string): void;
  /** `fine` says what was looked at, for when nothing was found. */
  check(name: string, fine: string): Check;
}

const MOST = 100;

export function gatherFindings(): Findings {
  const problems: CheckProblem[] = [];
  let count = 0;
  return {
    add(target, problem) {
      if (++count <= MOST) problems.push({ target, problem });
    },
    check(name, fine) {
      if (count === 0) return { name, ok: true, detail: fine };
      const detail = count > MOST ? `${count} problems, of which ${MOST} are listed` : `${count} problem(s)`;
      return { name, ok: false, detail, problems };
    },
  };
}
