import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { ask } from "../../support/admin-api.ts";
import {
  dataDirIn,
  type InboxConfig,
  type InboxProcess,
  killInbox,
  startInboxProcess,
} from "../../support/inbox-process.ts";
import { until } from "../../support/run-cli.ts";
import type { IngestAnswer, SeenAlert, SendOptions } from "../scenarios/deployment.ts";
import { createSender } from "../scenarios/sender.ts";

/** An inbox with two sources, and what its senders were told so far. */
export interface PressedInbox extends InboxProcess {
  readonly dataDir: string;
  /** Posts a new payment to `source` and remembers the answer. */
  pay(source?: "shop" | "other", options?: SendOptions): Promise<Timed>;
  /** Pays until it is acknowledged; the test's time limit is the limit. */
  payUntilAcknowledged(): Promise<void>;
  /** Pays until it is refused, which has to be a 503, within 5 s, with `Retry-After`. */
  payUntilRefused(): Promise<Timed>;
  /** What still has to answer whatever happens to the store: both `/livez` and the list of events. */
  expectAlive(): Promise<void>;
  readyz(): Promise<{ readonly status: number; readonly checks: unknown }>;
  /** Everything that was acknowledged is there and applied, and nothing that was refused is. */
  expectKept(): Promise<void>;
  /** Every line of the alert file; none when there is no file. */
  alerts(file?: string): readonly SeenAlert[];
  metric(line: string): Promise<number>;
}

export interface Timed extends IngestAnswer {
  readonly id: string;
  readonly ms: number;
}

/** An empty folder that goes away with the test. */
export function pressedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-pressed-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts one in `folder`; it ends with the test. */
export async function startPressed(folder: string, config: InboxConfig = {}): Promise<PressedInbox> {
  const alertFile = join(folder, "alerts.ndjson");
  const inbox = await startInboxProcess({
    folder,
    config: {
      sources: {
        shop: { provider: "generic", secrets: ["${env:SHOP}"] },
        other: { provider: "generic", secrets: ["${env:OTHER}"] },
      },
      alerts: [{ to: `file:${alertFile}` }],
      log: { level: "warn" },
      ...config,
    },
    env: { SHOP: SECRETS.shop, OTHER: SECRETS.other },
  });
  onTestFinished(() => void killInbox(inbox));
  const { ingestUrl, adminUrl } = inbox;
  const known = (secret: string) => ({ provider: "generic", secret, settings: {} });
  const sender = createSender(() => ingestUrl, { shop: known(SECRETS.shop), other: known(SECRETS.other) });
  const answers: Timed[] = [];
  let count = 0;

  const pay: PressedInbox["pay"] = async (source = "shop", options = {}) => {
    const id = `evt_${++count}`;
    const startedAt = performance.now();
    const answer = await sender.send(source, "payment.succeeded", { id, payment: `pay_${count}`, ...options });
    const timed = { ...answer, id: `${source}:${id}`, ms: performance.now() - startedAt };
    answers.push(timed);
    return timed;
  };
  const has = async (id: string) => (await fetch(`${adminUrl}/api/events/${encodeURIComponent(id)}`)).status === 200;

  return {
    ...inbox,
    dataDir: dataDirIn(folder),
    pay,
    async payUntilAcknowledged() {
      await until(
        () => pay(),
        ({ status }) => status === 200,
      );
    },
    async payUntilRefused() {
      const refused = await until(
        () => pay(),
        ({ status }) => status !== 200,
      );
      expect([refused.status, refused.json.error]).toEqual([503, "store_unavailable"]);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(refused.ms).toBeLessThan(5000);
      return refused;
    },
    async expectAlive() {
      const urls = [`${ingestUrl}/livez`, `${adminUrl}/livez`, `${adminUrl}/api/events`, `${adminUrl}/metrics`];
      const statuses = await Promise.all(urls.map(async (url) => (await fetch(url)).status));
      expect(statuses).toEqual([200, 200, 200, 200]);
    },
    async readyz() {
      const response = await fetch(`${adminUrl}/readyz`);
      return { status: response.status, checks: ((await response.json()) as { checks: unknown }).checks };
    },
    async expectKept() {
      for (const { id, status } of answers) expect([id, await has(id)]).toEqual([id, status === 200]);
      await until(
        () => ask<{ now: { backlog: number } }>(adminUrl, "/api/stats"),
        ({ now }) => now.backlog === 0,
      );
      for (const { id, status } of answers.filter((answer) => answer.status === 200)) {
        expect([id, status, await ask(adminUrl, `/api/transactions/${id.replace("evt", "pay")}`)]).toMatchObject([
          id,
          200,
          { status: "succeeded", amountMinor: "1999" },
        ]);
      }
    },
    alerts(file = alertFile) {
      const text = existsSync(file) ? readFileSync(file, "utf8") : "";
      return text
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as SeenAlert);
    },
    async metric(line) {
      const text = await (await fetch(`${adminUrl}/metrics`)).text();
      const found = text.split("\n").find((one) => one.startsWith(`${line} `));
      return found === undefined ? 0 : Number(found.slice(line.length + 1));
    },
  };
}

const SECRETS = { shop: "pressed-shop-0123456789", other: "pressed-other-0123456789" };
