import { createHmac } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "../../../src/adapters/embedded/sqlite/sqlite-driver.ts";
import { untilProcessed } from "../../support/admin-api.ts";
import {
  configFileIn,
  dataDirIn,
  type InboxProcess,
  spawnInbox,
  writeInboxConfig,
} from "../../support/inbox-process.ts";
import { type Ended, runCli, unusedPort } from "../../support/run-cli.ts";

const SECRETS = { SHOP: `whsec_${"a".repeat(32)}`, BOOKS: `whsec_${Buffer.alloc(24, 7).toString("base64")}` };

/** An inbox in a folder of its own, with a checkpoint beside its data, alerts in a file and a destination that is away. */
export class InboxFolder {
  readonly folder: string;
  readonly dataDir: string;
  readonly checkpoint: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.dataDir = dataDirIn(folder);
    this.checkpoint = join(folder, "elsewhere", "checkpoint");
  }

  static async make(retention: object = {}): Promise<InboxFolder> {
    const made = new InboxFolder(mkdtempSync(join(tmpdir(), "strongroom-integrity-")));
    mkdirSync(join(made.folder, "elsewhere"));
    writeFileSync(join(made.folder, "handlers.mjs"), HANDLER);
    made.configure(retention, await unusedPort());
    return made;
  }

  configure(retention: object, awayPort = 9): void {
    writeInboxConfig({
      folder: this.folder,
      config: {
        store: { dataDir: this.dataDir, auditCheckpoint: this.checkpoint, retention },
        sources: { shop: { provider: "generic", secrets: ["${env:SHOP}"] } },
        processor: { handler: "./handlers.mjs", retry: { maxAttempts: 1 } },
        destinations: { books: { url: `http://127.0.0.1:${awayPort}/`, secret: "${env:BOOKS}" } },
        alerts: [{ to: `file:${join(this.folder, "alerts.ndjson")}` }],
      },
    });
  }

  /** The same files in another place, with the configuration for them. */
  copy(): InboxFolder {
    const copy = new InboxFolder(mkdtempSync(join(tmpdir(), "strongroom-integrity-")));
    cpSync(this.folder, copy.folder, { recursive: true });
    const text = readFileSync(configFileIn(copy.folder), "utf8");
    writeFileSync(configFileIn(copy.folder), text.replaceAll(this.folder, copy.folder));
    return copy;
  }

  start(): Promise<InboxProcess> {
    return spawnInbox({ folder: this.folder, env: SECRETS }).ready;
  }

  cli(...args: readonly string[]): Promise<Ended> {
    return runCli([...args, "--config", configFileIn(this.folder)], { cwd: this.folder, env: SECRETS });
  }

  /** Changes the database as someone would who has the file. */
  tamper(change: string | ((db: Database) => void)): void {
    const db = openDatabase(join(this.dataDir, "inbox.db"), "write");
    try {
      if (typeof change === "string") db.exec(change);
      else change(db);
    } finally {
      db.close();
    }
  }

  alerts(): readonly { readonly kind: string; readonly target: string; readonly detail: string }[] {
    try {
      const lines = readFileSync(join(this.folder, "alerts.ndjson"), "utf8").trim().split("\n");
      return lines.map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  }

  /** The files under the data directory in which these bytes are, the archive left out. */
  filesWith(text: string): readonly string[] {
    return readdirSync(this.dataDir, { withFileTypes: true })
      .filter((entry) => entry.isFile() && readFileSync(join(this.dataDir, entry.name), "latin1").includes(text))
      .map((entry) => entry.name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Signs and sends one event of the source `shop`. */
export async function post(inbox: Pick<InboxProcess, "ingestUrl">, event: object): Promise<Response> {
  const body = JSON.stringify({
    amount: 19.99,
    currency: "EUR",
    type: "payment.succeeded",
    timestamp: "2026-01-02T03:04:05Z",
    ...event,
  });
  const signature = createHmac("sha256", SECRETS.SHOP).update(body).digest("hex");
  return fetch(`${inbox.ingestUrl}/webhooks/shop`, { method: "POST", body, headers: { "x-signature": signature } });
}

/** Everything that an event can become: applied, stale, quarantined, dead, redacted, copied, deleted. */
export async function fill(folder: InboxFolder): Promise<void> {
  const inbox = await folder.start();
  const one = { transactionId: "pay_1" };
  await post(inbox, { ...one, id: "evt_1", type: "payment.processing", metadata: { note: "CANARY-OF-EVT-1" } });
  for (const _ of [1, 2]) await post(inbox, { ...one, id: "evt_2", timestamp: "2026-01-02T03:05:00Z" });
  await post(inbox, { ...one, id: "evt_3", type: "refund.succeeded", refundId: "re_1", amount: 5 });
  await post(inbox, { transactionId: "pay_2", id: "evt_card", metadata: { pan: "4242424242424242" } });
  await untilProcessed(inbox.adminUrl);
  await post(inbox, { transactionId: "pay_2", id: "evt_usd", currency: "USD" });
  await post(inbox, { transactionId: "pay_3", id: "evt_dead" });
  await post(inbox, { transactionId: "pay_4", id: "evt_gone" });
  await post(inbox, { transactionId: "pay_5", id: "evt_5" });
  await untilProcessed(inbox.adminUrl);
  await fetch(`${inbox.adminUrl}/api/events/shop%3Aevt_gone`, { method: "DELETE" });
  await inbox.stop("SIGTERM");
}

const HANDLER = `export async function onEvent(event) {
  if (event.providerEventId === "evt_dead") throw new Error("never");
}
`;
