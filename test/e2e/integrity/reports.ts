import { join } from "node:path";
import { expect } from "vitest";
import type { Check } from "../../../src/ports/integrity.ts";
import type { InboxFolder } from "./filled-inbox.ts";

export async function doctor(folder: InboxFolder) {
  const { code, stdout, stderr } = await folder.cli("doctor", "--json");
  expect(stderr).toBe("");
  const { ok, dbPath, checks } = JSON.parse(stdout) as { ok: boolean; dbPath: string; checks: readonly Check[] };
  expect({ code, dbPath }).toEqual({ code: ok ? 0 : 5, dbPath: join(folder.dataDir, "inbox.db") });
  const wrong = checks.filter((check) => !check.ok);
  return { ok, checks, wrong: new Map(wrong.map(({ name, problems = [] }) => [name, problems])) };
}

export async function auditVerify(folder: InboxFolder, ...args: readonly string[]) {
  const { code, stdout } = await folder.cli("audit", "verify", "--json", ...args);
  const report = JSON.parse(stdout) as {
    readonly ok: boolean;
    readonly records: number;
    readonly firstSeq: number;
    readonly lastSeq: number;
    readonly problems: readonly { readonly seq: number; readonly problem: string }[];
  };
  expect(code).toBe(report.ok ? 0 : 5);
  return report;
}
