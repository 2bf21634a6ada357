import { expect, it } from "vitest";
import { openAuditLog } from "./audit-log.ts";
import type { FilterLogEvents } from "./aws-reads.ts";

const AT = Date.UTC(2026, 0, 15, 10, 30);

/** Two lines to a page, an empty page before each. */
function groupOf(lines: readonly (readonly [timestamp: number, target: string])[]): FilterLogEvents {
  return async ({ startTime = 0, nextToken = "0" }) => {
    const found = lines.filter(([timestamp]) => timestamp >= startTime);
    const page = Number(nextToken);
    const from = Math.floor(page / 2) * 2;
    const events = page % 2 === 0 ? [] : found.slice(from, from + 2);
    const more = page % 2 === 0 || from + 2 < found.length;
    return {
      events: events.map(([timestamp, target]) => ({ timestamp, message: lineOf(target) })),
      ...(more ? { nextToken: String(page % 2 === 0 ? page + 1 : from + 2) } : {}),
      $metadata: {},
    };
  };
}

function lineOf(target: string): string {
  const at = new Date(AT).toISOString();
  const change = { seq: "1", at, actor: "stripe", action: "event.received", target, outcome: "stored", changed: [] };
  return JSON.stringify({ audit: change });
}

const open = (logs: FilterLogEvents) => openAuditLog(logs, { stack: "prod", auditLogGroup: "/audit" });

it("reads every record once, page by page, however many were written in the same millisecond", async () => {
  const targets = ["a", "b", "c", "d", "e", "f", "g"];
  const audit = open(groupOf(targets.map((target, n) => [AT + (n > 4 ? 1 : 0), target])));
  for (const size of [1, 2, 3, 100]) {
    const read: string[] = [];
    for (let after = 0; ; ) {
      const items = await audit(after, size);
      expect(items.length).toBeLessThanOrEqual(size);
      for (const { seq, target, prevHash, hash } of items) {
        expect(seq).toBeGreaterThan(after);
        expect({ prevHash, hash }).toEqual({ prevHash: null, hash: null });
        after = seq;
        read.push(target);
      }
      if (items.length < size) break;
    }
    expect(read).toEqual(targets);
  }
});

it("numbers a record by the time of its line, so that the number stays and says when it was", async () => {
  const items = await open(
    groupOf([
      [AT, "a"],
      [AT, "b"],
      [AT + 7, "c"],
    ]),
  )(0, 10);
  expect(items.map(({ seq }) => seq)).toEqual([AT * 1000, AT * 1000 + 1, (AT + 7) * 1000]);
});

it("says that a stack which names no audit log has none, rather than that there are no records", async () => {
  const audit = openAuditLog(groupOf([]), { stack: "prod", auditLogGroup: null });
  await expect(audit(0, 10)).rejects.toMatchObject({ kind: "not_there" });
});
