import { expect, it } from "vitest";
import type { Discrepancy } from "./compare.ts";
import { planDemo } from "./plan.ts";
import { type DemoOutcome, writeReport } from "./report.ts";
import { reportLines } from "./report-lines.ts";

const plan = planDemo({ events: 20, seed: 1, now: Date.UTC(2026, 4, 5) });

function outcome(over: Partial<DemoOutcome> = {}): DemoOutcome {
  return {
    request: { seed: 1 },
    plan,
    courier: {
      tallyOf: (id) =>
        plan.forged.has(id) ? { sent: 1, acknowledged: 0, refused: 1 } : { sent: 3, acknowledged: 2, refused: 0 },
      latencies: Array.from({ length: 100 }, (_, i) => i + 1),
    },
    kills: { count: 4, inFlight: 30 },
    discrepancies: [],
    auditGaps: [],
    auditRecords: 70,
    exitStatus: 0,
    seconds: 4.56,
    folder: null,
    ...over,
  };
}

it("counts what was sent and what came of it", () => {
  expect(writeReport(outcome())).toMatchObject({
    ok: true,
    events: 20,
    sent: 20 * 3 + 4,
    acknowledged: 40,
    duplicates: 20,
    forged: 4,
    forgedRefused: 4,
    kills: 4,
    lost: 0,
    doubled: 0,
    forgedIn: 0,
    wrong: 0,
    ackMs: { p50: 50, p99: 99 },
    problems: [],
  });
});

it("is not ok when anything is lost, doubled, forged in or wrong, and names each once", () => {
  const discrepancies: Discrepancy[] = [
    { kind: "lost", id: "stripe:evt_1", detail: "acknowledged, and not there" },
    { kind: "lost", id: "stripe:evt_1", detail: "its receipt is not in the audit" },
    { kind: "doubled", id: "stripe:evt_2", detail: "there 2 times" },
    { kind: "forged_in", id: "stripe:evt_3", detail: "a forged event is there" },
    { kind: "wrong_state", id: "stripe:pi_1", detail: "status is pending, not succeeded" },
  ];
  const report = writeReport(outcome({ discrepancies }));
  expect(report).toMatchObject({ ok: false, lost: 1, doubled: 1, forgedIn: 1, wrong: 1 });
  const text = reportLines(report).join("\n");
  for (const { id, detail } of discrepancies) expect(text).toContain(`${id}: ${detail}`);
  expect(text).toContain("NOT");
});

it.each([
  ["a gap in the audit", { auditGaps: ["audit record 4 follows 2"] }],
  ["an inbox that does not stop as it should", { exitStatus: 1 }],
])("is not ok with %s", (_, over) => {
  const report = writeReport(outcome(over));
  expect(report.ok).toBe(false);
  expect(report.problems).toHaveLength(1);
});
