import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli, startCli } from "../support/run-cli.ts";

// On a machine that does other things as well an inbox takes seconds to start, and the demo starts several.
const PATIENT = 120_000;

let temporary: string;
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), "strongroom-demo-test-"));
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** The demo makes its folder where the system's temporary files are. */
const inFolder = (env: Readonly<Record<string, string>> = {}) => ({
  cwd: temporary,
  env: { ...env, TMPDIR: temporary },
});

describe("strongroom demo", () => {
  it(
    "shows that nothing is lost, doubled or forged in, whatever the user has configured, and keeps the data when told to",
    async () => {
      const own = { STRONGROOM_CONFIG: "/nowhere.yaml", STRONGROOM_SERVER__INGEST__PORT: "1" };
      const { code, stdout, stderr } = await runCli(
        ["demo", "--events", "60", "--seed", "7", "--keep", "--json"],
        inFolder(own),
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const report = JSON.parse(stdout);
      expect(report).toMatchObject({
        ok: true,
        seed: 7,
        events: 60,
        providers: 5,
        reordered: 6,
        forged: 6,
        forgedRefused: 6,
        lost: 0,
        doubled: 0,
        forgedIn: 0,
        wrong: 0,
        problems: [],
      });
      expect(report.acknowledged - report.duplicates).toBe(60);
      expect(report.duplicates).toBeGreaterThanOrEqual(12);
      expect(report.kills).toBeGreaterThanOrEqual(3);
      expect(report.cutOff).toBeGreaterThan(0);
      expect(report.auditRecords).toBeGreaterThan(120);
      expect(report.ackMs.p99).toBeGreaterThanOrEqual(report.ackMs.p50);

      const kept = await runCli(
        ["events", "list", "--json", "--limit", "500", "--data-dir", report.folder],
        inFolder(),
      );
      expect(kept.stdout.trim().split("\n")).toHaveLength(60);
      rmSync(report.folder, { recursive: true });
    },
    PATIENT,
  );

  it(
    "leaves neither its folder nor its inbox behind when it is interrupted",
    async () => {
      const demo = startCli(["demo"], inFolder());
      const [, inbox = ""] = await waitFor(() => /takes webhooks at (\S+)/.exec(demo.output().stderr));
      expect(await reaches(inbox)).toBe(true);
      expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^strongroom-demo-/)]);
      const { code } = await demo.stop("SIGINT");
      expect({ code, left: readdirSync(temporary) }).toEqual({ code: 1, left: [] });
      await waitFor(async () => ((await reaches(inbox)) ? null : "gone"));
    },
    PATIENT,
  );
});

/** Asks again until there is something; the test's time limit is the limit. */
async function waitFor<T>(look: () => T | null | Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function reaches(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/livez`)).ok;
  } catch {
    return false;
  }
}
