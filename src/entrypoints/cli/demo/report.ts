import type { Discrepancy } from "./compare.ts";
import type { Courier } from "./courier.ts";
import type { DemoPlan } from "./plan.ts";

export interface DemoReport {
  readonly ok: boolean;
  readonly seed: number;
  readonly events: number;
  readonly payments: number;
  readonly providers: number;
  /** Copies that went out, forged ones included. */
  readonly sent: number;
  readonly acknowledged: number;
  /** Acknowledged copies of events that were known already. */
  readonly duplicates: number;
  readonly reordered: number;
  readonly forged: number;
  readonly forgedRefused: number;
  readonly kills: number;
  /** Deliveries that a kill left without an answer. */
  readonly cutOff: number;
  readonly lost: number;
  readonly doubled: number;
  readonly forgedIn: number;
  /** Events and transactions that are not as they have to be, in any other way. */
  readonly wrong: number;
  readonly auditRecords: number;
  /** Milliseconds, as the sender saw them; null when nothing was acknowledged. */
  readonly ackMs: { readonly p50: number; readonly p99: number } | null;
  readonly seconds: number;
  readonly problems: readonly string[];
  /** Where the inbox's data is, when it was to be kept. */
  readonly folder: string | null;
}

export interface DemoOutcome {
  readonly request: { readonly seed: number };
  readonly plan: DemoPlan;
  readonly courier: Pick<Courier, "tallyOf" | "latencies">;
  readonly kills: { readonly count: number; readonly inFlight: number };
  readonly discrepancies: readonly Discrepancy[];
  readonly auditGaps: readonly string[];
  readonly auditRecords: number;
  /** Of the inbox, told to stop in the end. */
  readonly exitStatus: number | null;
  readonly seconds: number;
  readonly folder: string | null;
}

export function writeReport(outcome: DemoOutcome): DemoReport {
  const { plan, courier, discrepancies, kills } = outcome;
  const genuine = [...plan.events.keys()].map(courier.tallyOf);
  const forged = [...plan.forged].map(courier.tallyOf);
  const acknowledged = sum(genuine, "acknowledged");
  const known = genuine.filter((tally) => tally.acknowledged > 0).length;
  const problems = [
    ...discrepancies.map(({ kind, id, detail }) => `${kind.replaceAll("_", " ")}: ${id}: ${detail}`),
    ...outcome.auditGaps,
    ...(outcome.exitStatus === 0 ? [] : [`the inbox ended with status ${outcome.exitStatus} when told to stop`]),
  ];
  const ids = (kind: Discrepancy["kind"]) =>
    new Set(discrepancies.filter((one) => one.kind === kind).map(({ id }) => id));
  const [lost, doubled, forgedIn] = [ids("lost"), ids("doubled"), ids("forged_in")];
  const wrong = discrepancies.filter(({ id }) => ![lost, doubled, forgedIn].some((counted) => counted.has(id)));
  return {
    ok: problems.length === 0,
    seed: outcome.request.seed,
    events: plan.events.size,
    payments: plan.payments.size,
    providers: new Set(plan.deliveries.map(({ source }) => source)).size,
    sent: sum([...genuine, ...forged], "sent"),
    acknowledged,
    duplicates: acknowledged - known,
    reordered: plan.reordered,
    forged: plan.forged.size,
    forgedRefused: forged.filter((tally) => tally.refused > 0 && tally.acknowledged === 0).length,
    kills: kills.count,
    cutOff: kills.inFlight,
    lost: lost.size,
    doubled: doubled.size,
    forgedIn: forgedIn.size,
    wrong: new Set(wrong.map(({ id }) => id)).size,
    auditRecords: outcome.auditRecords,
    ackMs: percentiles(courier.latencies),
    seconds: Math.round(outcome.seconds * 10) / 10,
    problems,
    folder: outcome.folder,
  };
}

type Counted = "sent" | "acknowledged";
function sum(tallies: readonly { readonly [K in Counted]: number }[], what: Counted): number {
  return tallies.reduce((total, tally) => total + tally[what], 0);
}

function percentiles(latencies: readonly number[]): DemoReport["ackMs"] {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) * 10) / 10;
  return sorted.length === 0 ? null : { p50: at(0.5), p99: at(0.99) };
}
