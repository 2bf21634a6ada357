import { visible } from "../terminal-text.ts";
import type { DemoReport } from "./report.ts";

/** The report for a person, line by line. */
export function reportLines(report: DemoReport): readonly string[] {
  const { ackMs } = report;
  return [
    "",
    `${report.events} payment events of ${report.payments} payments at ${report.providers} providers, in ${report.seconds} s (seed ${report.seed})`,
    "",
    row("sent", report.sent, "deliveries, each until it was answered"),
    row("acknowledged", report.acknowledged, ackMs === null ? "" : `p50 ${ackMs.p50} ms, p99 ${ackMs.p99} ms`),
    row("duplicates", report.duplicates, "acknowledged copies of an event that was known"),
    row("reordered", report.reordered, "events sent before what happened earlier"),
    row("forged", report.forged, `deliveries, ${report.forgedRefused} refused`),
    row("killed", report.kills, `times with SIGKILL; ${report.cutOff} deliveries got no answer`),
    row("audit", report.auditRecords, "records, each linked to the one before"),
    "",
    row("lost", report.lost, ""),
    row("doubled", report.doubled, ""),
    row("forged in", report.forgedIn, ""),
    ...(report.wrong === 0 ? [] : [row("wrong", report.wrong, "in another way")]),
    "",
    ...verdict(report),
    ...(report.folder === null ? [] : ["", `The inbox's data: ${visible(report.folder)}`]),
  ];
}

function row(name: string, count: number, words: string): string {
  return `  ${name.padEnd(14)}${String(count).padStart(6)}  ${words}`.trimEnd();
}

const SHOWN = 50;

function verdict({ ok, problems }: DemoReport): readonly string[] {
  if (ok) return ["The ledger is what the payments say, event by event. The promise held."];
  const more = problems.length - SHOWN;
  return [
    "The promise did NOT hold:",
    ...problems.slice(0, SHOWN).map((problem) => `  ${visible(problem)}`),
    ...(more > 0 ? [`  and ${more} more; --json shows all`] : []),
  ];
}
