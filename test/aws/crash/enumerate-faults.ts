import { isDeepStrictEqual } from "node:util";
import type { Step } from "./crash-script.ts";
import type { CrashWorld, Role } from "./crash-world.ts";
import type { FaultKind } from "./planned-fault.ts";
import { type Outcome, openOutcomes } from "./read-outcome.ts";
import { recover, runScript, type ScriptRun } from "./run-script.ts";

export interface Enumeration {
  /** What the script leaves behind when nothing goes wrong. */
  readonly clean: Outcome;
  /** How many calls it then makes, of those that are to be struck. */
  readonly calls: number;
  /** Runs with a fault that struck. */
  readonly combinations: number;
  /** One line for each promise that was broken, and by which fault at which call. */
  readonly broken: readonly string[];
}

/**
 * Runs a script once without a fault, and then once for each of its calls and each kind of fault, every time with ids of
 * its own. The reconciler runs after all calls had the same kind of fault. `only`: calls of these functions.
 */
export async function enumerateFaults(
  world: CrashWorld,
  script: readonly Step[],
  kinds: readonly FaultKind[],
  { only }: { readonly only?: readonly Role[] } = {},
): Promise<Enumeration> {
  const first = await runScript(world, script, null);
  await recover(world);
  const clean = await (await openOutcomes(world, script))(first.source);
  const broken: string[] = [];
  const indexes = [...first.calls.keys()].filter((index) => only?.includes(first.roles[index] as Role) ?? true);
  let combinations = 0;
  for (const kind of kinds) {
    const runs: ScriptRun[] = [];
    for (const index of indexes) runs.push(await runScript(world, script, { index, kind }));
    await recover(world);
    const outcomeOf = await openOutcomes(world, script);
    for (const [nth, run] of runs.entries()) {
      const where = `${kind}, call ${indexes[nth]} (${run.struck?.service} ${run.struck?.operation})`;
      if (run.struck === null) broken.push(`${where}: the fault did not strike`);
      else combinations += 1;
      for (const eventId of run.unacknowledged) broken.push(`${where}: ${eventId} was never acknowledged`);
      for (const eventId of run.hollow) broken.push(`${where}: ${eventId} was acknowledged and not on its way`);
      broken.push(...differences(clean, await outcomeOf(run.source)).map((line) => `${where}: ${line}`));
    }
  }
  return { clean, calls: indexes.length, combinations, broken };
}

function differences(clean: Outcome, outcome: Outcome): readonly string[] {
  return (Object.keys(clean) as (keyof Outcome)[])
    .filter((part) => !isDeepStrictEqual(clean[part], outcome[part]))
    .map((part) => `${part} is ${JSON.stringify(outcome[part])} and should be ${JSON.stringify(clean[part])}`);
}
